// One message: its text, what became of it, and what one can do with it.
import { avatar, h, icon, iconButton } from "./dom.js";
import { complain } from "./notes.js";
import { outbox } from "./client.js";
import { react } from "./actions.js";
import { store } from "./store.js";
import { clock, fullTime, t } from "./words.js";

const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];
/// Up to three of them alone are shown large.
const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\uFE0F|\u200D\p{Extended_Pictographic})*){1,3}$/u;
const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'，。；：！？）])/;

const isOwn = (message) => message.from.id === store.me.id;

/// An entry of the list; its signature changes with everything that it shows.
export function messageItem(message, { isFirst, isLastOwn }) {
  return {
    key: message.seq,
    signature: (view) => {
      const quoted = message.replyTo ? view.quoted(message.replyTo) : null;
      return JSON.stringify([message.revision ?? 0, isFirst, statusOf(message, view.conversation, isLastOwn), quoted && (quoted.revision ?? 0)]);
    },
    build: (view) => build(message, view, { isFirst, status: statusOf(message, view.conversation, isLastOwn) }),
  };
}

function build(message, view, { isFirst, status }) {
  const { isGroup } = view.conversation;
  const own = isOwn(message);
  const name = store.nameOf(message.from.id);
  const at = new Date(message.at);
  const text = textOf(message);
  const kinds = { own, first: isFirst, recalled: message.recalled, jumbo: ONLY_EMOJI.test(text) };
  const item = h("li", {
    class: ["message", ...Object.keys(kinds).filter((kind) => kinds[kind])].join(" "),
    tabindex: "-1", "aria-label": labelOf(message, view, status),
  },
  own ? null : h("span", { class: "message-side" }, isFirst ? avatar(message.from.id, name) : null),
  h("div", { class: "message-main" },
    isFirst && isGroup && !own ? h("span", { class: `author ink-${message.from.id % 8}`, text: name }) : null,
    h("div", { class: "bubble" },
      message.replyTo && !message.recalled ? quotation(message.replyTo, view) : null,
      h("p", { class: "text", dir: "auto" }, message.recalled ? text : withLinks(text)),
      h("span", { class: "meta" },
        message.edited ? h("span", { text: t("message.edited") }) : null,
        h("time", { datetime: message.at, title: fullTime(at), text: clock(at) }), status ? statusMark(status) : null)),
    reactions(message)));
  item.message = message;
  return item;
}

const textOf = (message) => (message.recalled ? t("message.recalled") : message.text);

/// What those who listen are told: who, when and what, and then all that is drawn around it.
function labelOf(message, view, status) {
  const name = isOwn(message) ? t("message.you") : store.nameOf(message.from.id);
  const label = t("message.label", { name, time: clock(new Date(message.at)), text: textOf(message) });
  const facts = message.recalled ? [] : [
    message.replyTo ? answerWords(view.quoted(message.replyTo)) : null,
    message.edited ? t("message.edited") : null, status ? statusWords(status) : null, reactionWords(message)];
  return facts.filter(Boolean).reduce(withFact, label);
}

const withFact = (label, fact) => t("message.label.fact", { label, fact });

/// Addresses in a text lead there, and tell that page nothing about this one.
function withLinks(text) {
  const link = (address) => h("a", { href: address, target: "_blank", rel: "noopener noreferrer", text: address });
  return text.split(LINK).map((part, index) => (index % 2 ? link(part) : part));
}

function quotation(seq, view) {
  const quoted = view.quoted(seq);
  const text = quoted ? textOf(quoted) : "…";
  const label = t("message.toReplied", { text: text.slice(0, 80) });
  return h("button", { type: "button", class: "quote", "aria-label": label, onclick: () => view.goTo(seq) },
    h("span", { class: "strong", text: quoted ? store.nameOf(quoted.from.id) : "" }), h("span", { class: "quote-text", text }));
}

function answerWords(quoted) {
  if (!quoted) return t("message.reply");
  return t("message.label.reply", { name: store.nameOf(quoted.from.id), text: textOf(quoted).slice(0, 80) });
}

// How far it came

function statusOf(message, conversation, isLastOwn) {
  if (!isOwn(message) || message.recalled) return null;
  if (conversation.isGroup) {
    const readers = isLastOwn ? [...conversation.readers].filter(([user, seq]) => user !== store.me.id && seq >= message.seq).length : 0;
    return { kind: readers ? "read" : "sent", readers };
  }
  const { read, delivered } = conversation.others;
  return { kind: read >= message.seq ? "read" : delivered >= message.seq ? "delivered" : "sent", readers: 0 };
}

const statusWords = ({ kind, readers }) => (readers ? t("message.readBy", { n: readers }) : t(`message.${kind}`));

function statusMark(status) {
  const { kind, readers } = status;
  const words = statusWords(status);
  return h("span", { class: `status status-${kind}`, title: words },
    h("span", { "aria-hidden": "true", text: kind === "sent" ? "✓" : "✓✓" }), h("span", { class: readers ? "" : "unseen", text: ` ${words}` }));
}

/// A message on its way, or one that did not get there.
export function pendingItem(entry) {
  return { key: entry.key, signature: () => String(entry.failure), build: () => buildPending(entry) };
}

function buildPending(entry) {
  const failed = entry.failure !== null;
  const words = failed ? t("message.failed", { reason: entry.failure }) : t("message.pending");
  return h("li", { class: `message own first pending ${failed ? "failed" : ""}`, tabindex: "-1", "aria-label": withFact(entry.text, words) },
    h("div", { class: "message-main" },
      h("div", { class: "bubble" }, h("p", { class: "text", dir: "auto", text: entry.text }), h("span", { class: "meta" }, words)),
      failed ? h("div", { class: "row row-end" },
        h("button", { type: "button", class: "button button-small", onclick: () => outbox.retry(entry) }, icon("again"), t("message.retry")),
        h("button", { type: "button", class: "button button-small", onclick: () => outbox.discard(entry), text: t("message.discard") })) : null));
}

// Reactions

function reactions(message) {
  const all = Object.entries(message.reactions ?? {});
  if (all.length === 0) return null;
  return h("div", { class: "reactions" }, all.map(([emoji, { count, users }]) => {
    const isMine = users.includes(store.me.id);
    return h("button", {
      type: "button", class: `reaction ${isMine ? "reaction-mine" : ""}`, "aria-pressed": String(isMine),
      "aria-label": t(isMine ? "message.reaction.remove" : "message.reaction.add", { emoji, n: count }),
      title: users.map((id) => store.nameOf(id)).join(", "),
      onclick: () => react(message, emoji, isMine).catch(complain),
    }, h("span", { class: "emoji", text: emoji }), ` ${count}`);
  }));
}

function reactionWords(message) {
  const list = Object.entries(message.reactions ?? {}).map(([emoji, { count }]) => `${emoji} ${count}`).join(", ");
  return list && t("message.label.reactions", { list });
}

// What one can do

/// Whether somebody may recall a message: its author, and in a group whoever leads it.
function mayRecall(message, { isGroup, group }) {
  return isOwn(message) || (isGroup && ["owner", "admin"].includes(store.groups.get(group)?.role));
}

export function showTools(item, view) {
  const { message } = item ?? {};
  if (!message || message.recalled || item.querySelector(".tools")) return;
  const act = {
    reply: () => view.composer.answer(message),
    react: () => openEmoji(item, message),
    edit: isOwn(message) ? () => view.composer.change(message) : null,
    recall: mayRecall(message, view.conversation) ? () => view.recall(message) : null,
  };
  item.append(h("div", { class: "tools", role: "toolbar", "aria-label": t("message.actions") },
    Object.entries(act).filter(([, run]) => run).map(([word, run]) => iconButton(word, t(`message.${word}`), run))));
  item.onkeydown = (event) => {
    const run = { r: act.reply, e: act.edit, "+": act.react, Delete: act.recall }[event.key];
    if (event.target !== item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") item.querySelector(".tools button").focus();
    else if (run) run();
    else return;
    event.preventDefault();
  };
}

export function hideTools(item, next) {
  if (!item || item.contains(next) || item.matches(":hover, :focus-within")) return;
  item.querySelector(".tools")?.remove();
}

/// The choice of emoji takes the place of the actions.
function openEmoji(item, message) {
  const choose = (emoji) => {
    item.focus();
    item.querySelector(".tools")?.remove();
    const isMine = message.reactions?.[emoji]?.users.includes(store.me.id) ?? false;
    react(message, emoji, isMine).catch(complain);
  };
  const row = h("div", { class: "tools tools-emoji", role: "toolbar", "aria-label": t("message.react") },
    EMOJI.map((emoji) => h("button", {
      type: "button", class: "icon-button emoji", "aria-label": t("message.reactWith", { emoji }), onclick: () => choose(emoji), text: emoji,
    })));
  row.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    item.focus();
    row.remove();
  });
  item.querySelector(".tools")?.replaceWith(row);
  row.querySelector("button").focus();
}
