// What is said to people beside the page itself: aloud to those who listen, and as notes at its edge.
import { h } from "./dom.js";
import { TOAST_LASTS } from "./limits.js";

const queue = [];
let speaking = 0;

/// Says something through the polite region, one after the other: a screen reader reads what changes in it.
export function announce(text) {
  queue.push(text);
  if (!speaking) speak();
}

function speak() {
  const text = queue.splice(0).join(". ");
  if (!text) { speaking = 0; return; }
  const region = document.getElementById("polite");
  region.textContent = "";
  // The same text twice is a change only if it was gone in between.
  setTimeout(() => { region.textContent = text; }, 50);
  speaking = setTimeout(speak, 1_000);
}

/// A note that goes away by itself, and is said aloud.
export function toast(text, kind = "info") {
  const note = h("p", { class: `toast toast-${kind}`, text });
  document.getElementById("toasts").append(note);
  announce(text);
  setTimeout(() => note.remove(), TOAST_LASTS);
}

/// Tells why something was refused.
export function complain(error) {
  if (!error.words) throw error;
  toast(error.words, "bad");
}
