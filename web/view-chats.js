// The list of conversations: who, the last words, when, and how much is unread.
import { avatar, h, moveWithArrows, renew, unseen } from "./dom.js";
import { complain } from "./notes.js";
import { loadOlderConversations } from "./actions.js";
import { outbox } from "./client.js";
import { store } from "./store.js";
import { presence, shortTime, t } from "./words.js";

export function chatsPanel(signal) {
  const list = h("ul", { class: "plain chats", "aria-label": t("chats.label") });
  const empty = h("p", { class: "empty muted", text: t("chats.empty") });
  const more = h("button", { type: "button", class: "link", text: t("chats.more"), onclick: () => loadOlderConversations().catch(complain) });
  moveWithArrows(list, ".chat-row");
  const show = () => {
    const rows = store.listed().map(rowOf);
    empty.hidden = rows.length > 0;
    more.hidden = !store.hasMoreConversations;
    renew(list, rows, { key: (row) => row.id, signature: (row) => JSON.stringify(row), build });
  };
  store.on("chats", show, signal);
  show();
  return [empty, list, more];
}

/// What a row shows, as plain data.
function rowOf(conversation) {
  const { id, last, unread, isGroup } = conversation;
  const typing = store.typingIn(id);
  const waiting = outbox.waiting(id).at(-1);
  const other = isGroup ? null : conversation.other(store.me.id);
  return {
    id, unread, isGroup, isOpen: store.open === id, title: store.title(conversation),
    colour: other ?? conversation.group, online: store.friends.get(other)?.online,
    time: waiting?.at ?? last?.at ?? null, isTyping: typing.length > 0,
    preview: typing.length > 0 ? typingText(typing) : waiting ? t("chats.you", { text: waiting.text }) : previewOf(last, isGroup),
  };
}

export function typingText(users) {
  return t("chat.typing", { n: users.length, names: users.map((id) => store.nameOf(id)).join(", ") });
}

function previewOf(last, isGroup) {
  if (!last) return t("chats.none");
  if (last.recalled) return t("chats.recalled");
  const text = last.text.slice(0, 120);
  if (last.from.id === store.me.id) return t("chats.you", { text });
  return isGroup ? t("chat.incoming", { name: store.nameOf(last.from.id), text }) : text;
}

function build(row) {
  return h("li", {}, h("button", {
    type: "button", class: "chat-row", "data-id": row.id, "aria-current": row.isOpen ? "true" : null, onclick: () => store.show(row.id),
  },
  avatar(row.colour, row.title, row.isGroup ? "group" : "person", row.online),
  h("span", { class: "chat-row-text" },
    h("span", { class: "chat-row-top" }, h("span", { class: "chat-row-title", text: row.title }), unseen(presence(row.online)),
      row.time ? h("time", { class: "muted small", datetime: row.time, text: shortTime(new Date(row.time)) }) : null),
    h("span", { class: "chat-row-bottom" }, h("span", { class: `preview ${row.isTyping ? "accent" : "muted"}`, text: row.preview }),
      row.unread > 0 ? unreadBadge(row.unread) : null))));
}

function unreadBadge(unread) {
  return [h("span", { class: "badge", "aria-hidden": "true", text: unread > 999 ? "999+" : unread }),
    unseen(t("chats.unread", { n: unread }))];
}
