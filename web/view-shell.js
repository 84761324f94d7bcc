// What somebody who is in sees: the lists at the side, one conversation beside them; on a phone one of the two.
import { avatar, fill, h, icon, iconButton, unseen } from "./dom.js";
import { chatsPanel } from "./view-chats.js";
import { chatView } from "./view-chat.js";
import { groupsPanel } from "./view-groups.js";
import { openSearch } from "./view-search.js";
import { openSettings } from "./view-settings.js";
import { peoplePanel } from "./view-people.js";
import { store } from "./store.js";
import { t } from "./words.js";

const panels = { chats: chatsPanel, people: peoplePanel, groups: groupsPanel };

export function shellView(signal) {
  const main = h("main", { id: "conversation", class: "main", tabindex: "-1" });
  const shell = h("div", { class: "shell" },
    h("a", { class: "skip", href: "#conversation", text: t("app.skip"), onclick: (event) => { event.preventDefault(); focusConversation(main); } }),
    h("div", { class: "side" }, head(), linkState(signal), tabs(signal)), main);
  showConversations(shell, main, signal);
  listenToKeys(main, signal);
  followTitle(signal);
  return shell;
}

function head() {
  return h("header", { class: "side-head" },
    h("div", { class: "me" }, avatar(store.me.id, store.me.name), h("h1", { class: "me-name", text: store.me.name })),
    iconButton("search", t("search.open"), () => openSearch(), { "aria-keyshortcuts": "Control+K" }),
    iconButton("settings", t("settings.open"), openSettings));
}

/// One quiet line while there is no connection; nothing has to be done about it.
function linkState(signal) {
  const line = h("p", { class: "link-state", role: "status", hidden: true });
  const show = () => {
    const isDown = store.link !== "ready";
    line.hidden = !isDown;
    const text = isDown ? t(store.link === "lost" ? "link.lost" : "link.connecting") : "";
    if (line.textContent !== text) line.textContent = text;
  };
  // A connection that comes back at once was hardly away: words only for those that do not.
  let timer = 0;
  store.on("link", () => { clearTimeout(timer); timer = setTimeout(show, store.link === "ready" ? 0 : 400); }, signal);
  return line;
}

// The three lists

function tabs(signal) {
  const panel = h("div", { class: "panel", role: "tabpanel", id: "panel", tabindex: "-1" });
  let showing = new AbortController();
  const buttons = Object.keys(panels).map((name) => h("button", {
    type: "button", role: "tab", id: `tab-${name}`, class: "tab", "aria-controls": "panel", onclick: () => choose(name),
  }, icon(name), h("span", { text: t(`tabs.${name}`) }), h("span", { class: "tab-count", "aria-hidden": "true" }), unseen()));

  function choose(name) {
    showing.abort();
    showing = new AbortController();
    signal.addEventListener("abort", () => showing.abort(), { signal: showing.signal });
    for (const button of buttons) {
      const isChosen = button.id === `tab-${name}`;
      button.setAttribute("aria-selected", isChosen);
      button.tabIndex = isChosen ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", `tab-${name}`);
    fill(panel, panels[name](showing.signal));
  }

  const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("tabs.label"), onkeydown: (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
  } }, buttons);
  const count = () => {
    const counts = { chats: store.unread, people: store.requests.size, groups: store.invitations.size };
    Object.entries(counts).forEach(([name, number], index) => {
      buttons[index].querySelector(".tab-count").textContent = number || "";
      buttons[index].querySelector(".unseen").textContent = number ? t(`tabs.${name}.count`, { n: number }) : "";
    });
  };
  for (const topic of ["chats", "people", "groups"]) store.on(topic, count, signal);
  choose("chats");
  count();
  return [list, panel];
}

// The conversation

function showConversations(shell, main, signal) {
  let showing = new AbortController();
  let shown = null;
  const show = (isFirst) => {
    const conversation = store.open && isKnown(store.open) ? store.conversation(store.open) : null;
    shell.dataset.pane = conversation ? "chat" : "list";
    if (!isFirst && conversation && conversation === shown && store.openAt === null) return;
    showing.abort();
    showing = new AbortController();
    signal.addEventListener("abort", () => showing.abort(), { signal: showing.signal });
    const hadOne = shown;
    shown = conversation;
    fill(main, conversation ? chatView(conversation, showing.signal) : nothing());
    main.setAttribute("aria-label", conversation ? t("chat.label", { name: store.title(conversation) }) : t("chats.pick"));
    if (conversation) remember(conversation.id);
    if (!isFirst && conversation) focusConversation(main);
    else if (hadOne) document.querySelector(`.chat-row[data-id="${hadOne.id}"]`)?.focus();
  };
  store.on("open", () => show(false), signal);
  // A group that one is no longer in closes.
  store.on("groups", () => { if (store.open && !isKnown(store.open)) store.show(null); }, signal);
  addEventListener("popstate", (event) => store.show(event.state?.user === store.me?.id ? event.state?.open ?? null : null), { signal });
  if (history.state?.user === store.me.id) store.open ??= history.state.open;
  show(true);
}

const isKnown = (id) => id.startsWith("direct:") || store.groups.has(Number(id.split(":")[1]));

/// Going back, as phones have a key for it, leads from a conversation to the list.
function remember(open) {
  const state = { user: store.me.id, open };
  if (history.state?.user === store.me.id && history.state.open) history.replaceState(state, "");
  else history.pushState(state, "");
}

export function backToList() {
  if (history.state?.open) history.back();
  else store.show(null);
}

function nothing() {
  return h("div", { class: "nothing" }, h("img", { src: "/assets/icon.svg", alt: "", width: 72, height: 72 }),
    h("p", { class: "strong", text: t("chats.pick") }), h("p", { class: "muted", text: t("chats.pick.hint") }));
}

function focusConversation(main) {
  // A phone's keyboard would cover what one came to read.
  const field = matchMedia("(pointer: coarse)").matches ? null : main.querySelector("textarea:not(:disabled)");
  (field ?? main).focus();
}

// Keys and the title

function listenToKeys(main, signal) {
  addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openSearch();
    } else if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && !event.defaultPrevented && store.open) {
      backToList();
    }
  }, { signal });
}

/// To the next conversation of the list, or the one before.
function step(by) {
  const listed = store.listed();
  const at = listed.findIndex((one) => one.id === store.open);
  const next = listed[at < 0 ? 0 : at + by];
  if (next) store.show(next.id);
}

function followTitle(signal) {
  const show = () => { document.title = store.unread > 0 ? t("app.title.unread", { n: store.unread }) : t("app.name"); };
  store.on("chats", show, signal);
  signal.addEventListener("abort", () => { document.title = t("app.name"); });
  show();
}
