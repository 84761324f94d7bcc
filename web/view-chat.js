// One conversation: who it is with, its messages, and where one writes.
import { avatar, fill, h, iconButton } from "./dom.js";
import { backToList } from "./view-shell.js";
import { composerView } from "./view-composer.js";
import { complain } from "./notes.js";
import { messagesView } from "./view-messages.js";
import { openGroupInfo } from "./view-group.js";
import { openSearch } from "./view-search.js";
import { store } from "./store.js";
import { typingText } from "./view-chats.js";
import { lastSeen, t } from "./words.js";

export function chatView(conversation, signal) {
  const composer = composerView(conversation, signal);
  const messages = messagesView(conversation, composer, signal);
  return [head(conversation, signal), messages, typingLine(conversation, signal), composer.element];
}

function head(conversation, signal) {
  const place = h("header", { class: "chat-head" });
  const title = h("div", { class: "chat-title" });
  const picture = h("span", {});
  fill(place, iconButton("back", t("chat.back"), backToList, { class: "icon-button only-narrow" }), picture, title,
    iconButton("search", t("search.open"), () => openSearch(conversation)),
    conversation.isGroup ? iconButton("info", t("group.info"), () => openGroupInfo(conversation.group).catch(complain)) : null);
  const show = () => {
    const name = store.title(conversation);
    const other = conversation.isGroup ? null : conversation.other(store.me.id);
    fill(picture, avatar(other ?? conversation.group, name, conversation.isGroup ? "group" : "person", store.friends.get(other)?.online));
    fill(title, h("h2", { text: name }), h("p", { class: "muted small", text: stateOf(conversation, other) }));
  };
  for (const topic of [conversation.id, "people", "groups"]) store.on(topic, show, signal);
  show();
  return place;
}

function stateOf(conversation, other) {
  if (conversation.isGroup) {
    const group = store.groups.get(conversation.group);
    return group ? [t("groups.members", { n: group.members }), group.description].filter(Boolean).join(" · ") : "";
  }
  if (store.blocked.has(other)) return t("people.blocked");
  const friend = store.friends.get(other);
  if (!friend) return "";
  return friend.online ? t("presence.online") : friend.lastSeen ? lastSeen(friend.lastSeen) : t("presence.offline");
}

/// Its room is always there, so that nothing jumps.
function typingLine(conversation, signal) {
  const line = h("p", { class: "typing muted small", "aria-live": "polite" });
  const show = () => {
    const users = store.typingIn(conversation.id);
    const text = users.length > 0 ? typingText(users) : "";
    if (line.textContent !== text) line.textContent = text;
  };
  store.on(conversation.id, show, signal);
  show();
  return line;
}
