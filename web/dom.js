// Builds elements. Data gets into the page through text nodes and attributes only, never as markup; the page's policy
// (Trusted Types) would refuse it.

/// An element. `on…` are listeners, `class` and `text` what they say; null and false leave an attribute out.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  add(element, children);
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "text") element.textContent = value;
  else if (name === "class") element.className = value;
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/// Puts these children in place of those that are there.
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

const paths = {
  chats: "M4 5h16v11H9l-5 4z",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.4c2.2.9 3.5 3 3.5 5.6",
  groups: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  settings: "M12 15.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3" +
    "M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 21 21",
  send: "M4 12 20 4l-5 16-3.5-6.5zM11.5 13.5 20 4",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6 6 18",
  reply: "M10 6 4 12l6 6M4 12h9c4 0 7 2.5 7 7",
  edit: "M4 20l1-4.5L16.5 4 20 7.5 8.5 19z",
  recall: "M5 7h14M9 7V4.5h6V7M7 7l1 13h8l1-13",
  react: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c1.8 2 5.2 2 7 0M9 9.5v.5M15 9.5v.5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5v.5",
  add: "M12 5v14M5 12h14",
  down: "M6 9l6 6 6-6",
  again: "M19 8a8 8 0 1 0 1 6M20 3v5.5h-5.5",
  more: "M5 12h.01M12 12h.01M19 12h.01",
};

/// A drawing that only decorates: the control around it carries the name.
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}

/// A button that shows a drawing, with its name for those who do not see it and as a tip for those who do.
export function iconButton(name, label, onclick, properties = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...properties }, icon(name));
}

/// A button with a word on it, and for those who listen, where it is needed, with what it is about.
export function button(text, onclick, { kind = "", label = null } = {}) {
  return h("button", { type: "button", class: `button ${kind}`.trim(), "aria-label": label, onclick, text });
}

/// Words for those who listen, of what is only drawn for those who see.
export const unseen = (text = "") => h("span", { class: "unseen", text });

/// The first letter of a name on a colour of its own: round for people, square for groups.
export function avatar(id, name, kind = "person", online = undefined) {
  const first = Array.from(name || "?")[0].toLocaleUpperCase();
  return h("span", { class: `avatar avatar-${kind} hue-${id % 8}`, "aria-hidden": "true" }, first,
    online === undefined ? null : h("span", { class: `dot ${online ? "dot-on" : "dot-off"}` }));
}

/// Up, Down, Home and End move between the items of a list that can take the focus.
export function moveWithArrows(list, selector) {
  list.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll(selector)];
    const at = items.indexOf(event.target.closest(selector));
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (next === undefined || !items[next]) return;
    event.preventDefault();
    items[next].focus();
  });
}

/// Calls back once things are quiet for so many milliseconds.
export function whenQuiet(milliseconds, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

/// Brings a list in line with what it shows. An item whose signature is the same keeps its element, and so its focus
/// and what is selected in it; the focus stays with an item that is drawn anew.
export function renew(list, items, { key, signature, build }) {
  const focused = document.activeElement;
  const focusedItem = focused?.closest?.("[data-key]");
  const focusedKey = focusedItem?.parentElement === list ? focusedItem.dataset.key : null;
  const known = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let at = list.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const shown = known.get(name);
    const element = shown?.signature === signature(item) ? shown : Object.assign(build(item), { signature: signature(item) });
    element.dataset.key = name;
    known.delete(name);
    if (shown && shown !== element) {
      if (at === shown) at = element;
      shown.replaceWith(element);
    }
    if (element === at) at = at.nextElementSibling;
    else list.insertBefore(element, at);
  }
  for (const child of known.values()) child.remove();
  if (focusedKey !== null && !list.contains(document.activeElement)) refocus(list, focusedKey, focused);
}

function refocus(list, key, focused) {
  const item = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!item) return;
  if (item.contains(focused)) focused.focus({ preventScroll: true });
  else if (item.matches("[tabindex]")) item.focus({ preventScroll: true });
  else item.querySelector("button, a, input, select")?.focus({ preventScroll: true });
}

/// A list under a heading, which goes when there is nothing in it, unless there is something to say then.
export function listSection(title, empty, how) {
  const list = h("ul", { class: "plain" });
  const nothing = empty ? h("p", { class: "empty muted", text: empty }) : null;
  const element = h("section", {}, h("h2", { class: "heading", text: title }), list, nothing);
  const show = (items) => {
    element.hidden = items === null || (items.length === 0 && !empty);
    if (nothing) nothing.hidden = items === null || items.length > 0;
    renew(list, items ?? [], how);
  };
  return { element, show };
}
