// The page: either somebody comes in, or somebody is in. Which of the two, the session says.
import { fill, h } from "./dom.js";
import { outbox, resume } from "./client.js";
import { closeDialogs } from "./dialog.js";
import { store } from "./store.js";
import { entryView } from "./view-entry.js";
import { shellView } from "./view-shell.js";
import { chooseLanguage, t } from "./words.js";

let shown = new AbortController();

/// Builds the page anew: after logging in or out, and in another language.
function show() {
  shown.abort();
  shown = new AbortController();
  closeDialogs();
  const root = document.getElementById("app");
  const view = store.me ? shellView(shown.signal) : isComing ? waitingView() : entryView(shown.signal);
  fill(root, view);
  root.querySelector("[autofocus], form input")?.focus();
}

/// Until the kept session answers.
function waitingView() {
  const text = h("p", { class: "muted", text: t("link.connecting") });
  store.on("link", () => { if (store.link === "lost") text.textContent = t("entry.slow"); }, shown.signal);
  return h("main", { class: "entry" }, h("img", { src: "/assets/icon.svg", alt: "", width: 56, height: 56 }), text);
}

let isComing = false;

store.on("session", () => {
  isComing = false;
  show();
});

// What was written and not sent yet lies in the tab's storage; a closed tab would lose it.
addEventListener("beforeunload", (event) => { if (!outbox.isEmpty) event.preventDefault(); });

chooseLanguage();
isComing = resume();
show();
