// Where one writes: a new message, an answer, or another text for an old one.
import { fill, h, icon, iconButton } from "./dom.js";
import { edit, send, typing } from "./actions.js";
import { complain } from "./notes.js";
import { server } from "./client.js";
import { FRAME_ROOM } from "./limits.js";
import { store } from "./store.js";
import { t } from "./words.js";

/// What was begun in a conversation waits there.
const drafts = new Map();
const encoder = new TextEncoder();

export function composerView(conversation, signal) {
  const prompt = t("chat.write", { name: store.title(conversation) });
  const field = h("textarea", { rows: 1, "aria-label": prompt, placeholder: prompt, autocomplete: "off" });
  const about = h("div", { class: "about", hidden: true });
  const counter = h("span", { class: "counter problem", role: "status" });
  const button = h("button", { class: "send", "aria-label": t("chat.send"), title: t("chat.send") }, icon("send"));
  const composer = { element: null, replyTo: null, editing: null, editLast: () => {}, answer, change, cancel, focus: () => field.focus() };

  composer.element = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); submit(); } },
    about, h("div", { class: "composer-row" }, field, button), counter);
  field.value = drafts.get(conversation.id) ?? "";
  signal.addEventListener("abort", () => drafts.set(conversation.id, composer.editing ? "" : field.value));
  field.addEventListener("input", () => { resize(); if (field.value && !composer.editing) typing(conversation.id); });
  field.addEventListener("keydown", keyed);
  queueMicrotask(resize);

  function keyed(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && field.value === "") {
      event.preventDefault();
      composer.editLast();
    } else if (event.key === "Escape" && (composer.replyTo || composer.editing)) {
      event.preventDefault();
      cancel();
    }
  }

  /// As high as its text, up to what the style allows; and whether the text is too long.
  function resize() {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
    const size = (text) => encoder.encode(text).length;
    const excess = Math.max(size(field.value) - server.textBytes, size(JSON.stringify(field.value)) - server.frameBytes + FRAME_ROOM);
    counter.textContent = excess > 0 ? t("chat.tooLong", { n: excess }) : "";
    button.disabled = excess > 0 || field.value.trim() === "";
  }

  function submit() {
    if (button.disabled) return;
    const text = field.value;
    if (composer.editing) {
      if (text !== composer.editing.text) edit(composer.editing, text).catch(complain);
    } else {
      send(conversation.id, text, composer.replyTo?.seq);
    }
    cancel();
    field.value = "";
    resize();
  }

  function answer(message) {
    cancel();
    composer.replyTo = message;
    showAbout(t("chat.replyTo", { name: store.nameOf(message.from.id) }), message.text);
  }

  function change(message) {
    composer.replyTo = null;
    composer.editing = message;
    field.value = message.text;
    showAbout(t("chat.editing"), message.text);
  }

  function showAbout(title, text) {
    about.hidden = false;
    fill(about, h("p", { class: "about-text" }, h("span", { class: "strong accent", text: title }), " ", h("span", { class: "muted", text })),
      iconButton("close", t("chat.cancel"), () => { cancel(); field.focus(); }));
    resize();
    field.focus();
  }

  function cancel() {
    if (composer.editing) field.value = "";
    composer.replyTo = composer.editing = null;
    about.hidden = true;
    resize();
  }

  return composer;
}
