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
  // What lies outside of an open window is shut off, for those who listen as well: windows have regions of their own.
  const region = [...document.querySelectorAll("dialog[open] .polite")].at(-1) ?? document.getElementById("polite");
  region.textContent = "";
  // The same text twice is a change only if it was gone in between.
  setTimeout(() => { region.textContent = text; }, 50);
  speaking = setTimeout(speak, 1_000);
}

/// A note that goes away by itself, and is said aloud.
export function toast(text, kind = "info") {
  const note = h("p", { class: `toast toast-${kind}`, text });
  const toasts = document.getElementById("toasts");
  toasts.append(note);
  // Shown anew, they lie over a window that was opened after them.
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover?.();
  announce(text);
  setTimeout(() => note.remove(), TOAST_LASTS);
}

/// Tells why something was refused.
export function complain(error) {
  if (!error.words) throw error;
  toast(error.words, "bad");
}
