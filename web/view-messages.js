// The messages of a conversation: read page by page while one scrolls, in sight of what one was looking at.
import { fill, h, iconButton, moveWithArrows, renew } from "./dom.js";
import { complain } from "./notes.js";
import { loadMessage, loadPage, markRead, recall } from "./actions.js";
import { outbox } from "./client.js";
import { ask } from "./dialog.js";
import { BLOCK, NEAR } from "./limits.js";
import { messageItem, pendingItem, showTools, hideTools } from "./view-message.js";
import { store } from "./store.js";
import { dayName, t } from "./words.js";

/// Pixels from the end within which one counts as being at it.
const AT_END = 48;

export function messagesView(conversation, composer, signal) {
  const older = h("p", { class: "older muted small" });
  const list = h("ol", { class: "log", "aria-label": t("chat.messages") });
  const scroller = h("div", { class: "messages" }, older, list);
  const latest = iconButton("down", t("chat.toLatest"), () => toLatest(), { class: "to-latest", hidden: true });
  const view = { conversation, composer, quoted: (seq) => quotation(conversation, seq), goTo, recall: (message) => recallAfterAsking(message) };
  let wasShown = false;
  let wanted = store.openAt;

  const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END;
  const isLookedAt = () => !document.hidden && document.hasFocus();

  // Drawing

  function show() {
    const atEnd = isAtEnd();
    const anchor = wasShown && !atEnd ? firstInSight() : null;
    if (conversation.unread > 0 && conversation.newAfter === null && !isLookedAt()) conversation.newAfter = conversation.readSeq;
    older.textContent = conversation.loading ? t("chat.loading") : conversation.isLoaded && !conversation.hasBefore ? t("chat.start") : "";
    if (!conversation.isLoaded) return;
    const items = itemsOf(conversation);
    renew(list, items, { key: (item) => item.key, signature: (item) => item.signature(view), build: (item) => item.build(view) });
    const focusable = list.querySelector(".message:focus") ?? [...list.querySelectorAll(".message")].at(-1);
    for (const message of list.querySelectorAll(".message")) message.tabIndex = message === focusable ? 0 : -1;
    settle(atEnd, anchor);
    lookFurther();
  }

  /// After drawing: at what was wanted, at the end if one was there, else where one was.
  function settle(atEnd, anchor) {
    const target = wanted === null ? null : list.querySelector(`[data-key="${wanted}"]`);
    const line = wasShown ? null : list.querySelector(".new-line");
    if (target) {
      wanted = store.openAt = null;
      target.scrollIntoView({ block: "center" });
      target.classList.add("found-message");
      target.focus({ preventScroll: true });
    } else if (wanted === null && line) line.scrollIntoView({ block: "center" });
    else if (wanted === null && (!wasShown || (atEnd && !conversation.hasAfter))) scroller.scrollTop = scroller.scrollHeight;
    else if (anchor?.element.isConnected) scroller.scrollTop += anchor.element.getBoundingClientRect().top - anchor.top;
    wasShown = true;
  }

  function firstInSight() {
    const top = scroller.getBoundingClientRect().top;
    const element = [...list.children].find((child) => child.getBoundingClientRect().bottom > top);
    return element ? { element, top: element.getBoundingClientRect().top } : null;
  }

  // Reading

  const load = (place, seq) => loadPage(conversation, place, seq).catch(complain);

  /// The next page at whichever end one is near; and what is in sight counts as read.
  function lookFurther() {
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    latest.hidden = !conversation.hasAfter && below < scroller.clientHeight;
    if (!conversation.isLoaded || conversation.loading) return;
    if (scroller.scrollTop < NEAR && conversation.hasBefore && conversation.messages.length > 0) load("before");
    else if (below < NEAR && conversation.hasAfter) load("after");
    else if (isAtEnd() && !conversation.hasAfter && isLookedAt()) {
      markRead(conversation);
      conversation.trim();
    }
  }

  async function toLatest() {
    if (conversation.hasAfter) await load("newest");
    scroller.scrollTop = scroller.scrollHeight;
    composer.focus();
  }

  async function goTo(seq) {
    wanted = seq;
    if (conversation.find(seq)) show();
    else await load("around", seq);
  }

  async function recallAfterAsking(message) {
    if (await ask(t("message.recall.sure"), t("message.recall"))) await recall(message).catch(complain);
  }

  composer.editLast = () => {
    const last = conversation.messages.findLast((message) => message.from.id === store.me.id && !message.recalled);
    if (last) composer.change(last);
  };

  // Events

  scroller.addEventListener("scroll", lookFurther, { passive: true });
  for (const event of ["focus", "visibilitychange"]) addEventListener(event, lookFurther, { signal });
  // A field that grows covers nothing of what one was reading at the end.
  new ResizeObserver(() => {
    if (wasShown && !conversation.hasAfter && isAtEnd()) scroller.scrollTop = scroller.scrollHeight;
  }).observe(composer.element);
  moveWithArrows(list, ".message");
  showToolsWhereOneIs(list, view);
  store.on(conversation.id, show, signal);

  conversation.newAfter = conversation.unread > 0 ? conversation.readSeq : null;
  if (wanted !== null && !conversation.find(wanted)) load("around", wanted);
  else if (!conversation.isLoaded || (wanted === null && conversation.hasAfter)) load("newest");
  // The element has a height only once it is in the page.
  queueMicrotask(show);
  return fill(h("div", { class: "messages-frame" }), scroller, latest);
}

// What stands in the list

/// Messages with lines between days and before what is new; behind them what is on its way.
function itemsOf(conversation) {
  const items = [];
  let before = null;
  const lastOwn = conversation.messages.findLast((message) => message.from.id === store.me.id);
  for (const message of conversation.messages) {
    const at = new Date(message.at);
    const isNewDay = !before || at.toDateString() !== new Date(before.at).toDateString();
    if (isNewDay) items.push(line(`day-${at.toDateString()}`, "day", dayName(at)));
    const isNew = conversation.newAfter !== null && message.seq > conversation.newAfter && (before?.seq ?? 0) <= conversation.newAfter;
    if (isNew && message.from.id !== store.me.id) items.push(line("new", "new-line", t("chat.newMessages")));
    const isFirst = isNewDay || isNew || before.from.id !== message.from.id || at - new Date(before.at) > BLOCK;
    items.push(messageItem(message, { isFirst, isLastOwn: message === lastOwn }));
    before = message;
  }
  return [...items, ...outbox.waiting(conversation.id).map(pendingItem)];
}

function line(key, kind, text) {
  return { key, signature: () => text, build: () => h("li", { class: kind }, h("h3", { text })) };
}

/// A message that is answered, whether it is in the stretch that is shown or has to be read.
function quotation(conversation, seq) {
  const { quoted } = conversation;
  const shown = conversation.find(seq);
  if (shown || quoted.has(seq)) return shown ?? quoted.get(seq);
  quoted.set(seq, null);
  loadMessage(conversation.id, seq).then((message) => {
    if (!message) return;
    store.know(message.from);
    quoted.set(seq, message);
    store.changed(conversation.id);
  }).catch(() => {});
  return null;
}

/// The actions of a message appear where the pointer or the focus is.
function showToolsWhereOneIs(list, view) {
  const itemOf = (event) => event.target.closest?.(".message");
  list.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") showTools(itemOf(event), view); });
  list.addEventListener("pointerout", (event) => hideTools(itemOf(event), event.relatedTarget));
  list.addEventListener("focusin", (event) => {
    const item = itemOf(event);
    if (!item) return;
    for (const other of list.querySelectorAll('.message[tabindex="0"]')) other.tabIndex = -1;
    item.tabIndex = 0;
    showTools(item, view);
  });
  list.addEventListener("focusout", (event) => hideTools(itemOf(event), event.relatedTarget));
}
