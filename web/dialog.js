// Windows over the page. The browser's own dialog holds the focus, closes on Escape, and gives the focus back.
import { h, iconButton } from "./dom.js";
import { t } from "./words.js";

let count = 0;

/// Opens a window with a title; `close()` of the result closes it. `signal` is aborted when it is closed.
export function openDialog(title, build, kind = "") {
  const ending = new AbortController();
  const id = `dialog-${count += 1}`;
  const body = h("div", { class: "dialog-body" });
  const element = h("dialog", { class: `dialog ${kind}`, "aria-labelledby": id },
    h("header", { class: "dialog-head" }, h("h2", { id, text: title }), iconButton("close", t("dialog.close"), () => element.close())),
    body, h("p", { class: "unseen polite", role: "status" }));
  element.addEventListener("close", () => {
    ending.abort();
    element.remove();
  });
  // A click beside the window closes it: what lies outside of its content is the dialog itself.
  element.addEventListener("click", (event) => { if (event.target === element) element.close(); });
  document.body.append(element);
  const window = { element, body, signal: ending.signal, close: () => element.close() };
  build(window);
  element.showModal();
  return window;
}

/// Closes what is open, when the page underneath becomes another one.
export function closeDialogs() {
  for (const element of document.querySelectorAll("dialog[open]")) element.close();
}

/// Asks, and tells whether the answer was yes.
export function ask(question, yes = t("dialog.yes")) {
  return new Promise((resolve) => {
    let answer = false;
    const { element, signal } = openDialog(question, ({ body, close }) => body.append(
      h("div", { class: "row row-end" },
        h("button", { type: "button", class: "button", onclick: close, text: t("dialog.no") }),
        h("button", { type: "button", class: "button button-bad", onclick: () => { answer = true; close(); }, text: yes }))), "dialog-ask");
    element.querySelector(".button").focus();
    signal.addEventListener("abort", () => resolve(answer));
  });
}

/// A field with its name above it, and a hint for those who want one.
export function field(label, control, hint) {
  const id = `field-${count += 1}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" }, h("label", { for: id, text: label }), control,
    hint ? h("p", { id: `${id}-hint`, class: "hint", text: hint }) : null);
}

/// A choice among few: `options` are pairs of value and text.
export function choice(options, value, onchange) {
  const select = h("select", { onchange: () => onchange?.(select.value) }, options.map(([key, text]) => h("option", { value: key, text })));
  select.value = value;
  return select;
}
