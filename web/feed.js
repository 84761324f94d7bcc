// What the server pushes, applied to the store.
import { store } from "./store.js";
import { announce, toast } from "./notes.js";
import { TYPING_LASTS } from "./limits.js";
import { t } from "./words.js";

/// `refresh` reads lists anew, where a push says only that something changed: `friends`, `conversations`.
export function applyPush(method, params, refresh) {
  pushes[method]?.(params, refresh);
}

const isMe = (user) => user?.id === store.me?.id;

const pushes = {
  message(message, refresh) {
    store.know(message.from);
    const conversation = store.conversation(message.conversation);
    const isKnown = conversation.isGroup ? store.groups.has(conversation.group) : store.names.has(conversation.other(store.me.id));
    if (!isKnown) refresh("conversations");
    stopTyping(message.conversation, message.from.id);
    // Whoever speaks has read what was said before; no receipt says so.
    if (!isMe(message.from)) conversation.takeRead(message.from.id, message.seq);
    if (conversation.add(message, isMe(message.from)) && store.isLive && !isMe(message.from)) {
      announce(t("chat.incoming", { name: nameIn(conversation, message.from.id), text: message.text }));
    }
    store.changed("chats", conversation.id);
  },

  edited({ conversation, seq, text }) { mark(conversation, { kind: "edited", seq, text }); },
  recalled({ conversation, seq }) { mark(conversation, { kind: "recalled", seq }); },
  reaction({ conversation, seq, by, emoji, removed }) {
    store.know(by);
    mark(conversation, { kind: "reaction", seq, emoji, removed: Boolean(removed), user: by.id });
  },

  friendrequest({ from, to }) {
    store.know(from);
    store.know(to);
    if (isMe(to)) {
      store.requests.set(from.id, from);
      if (store.isLive) toast(t("friend.asks", { name: from.name }));
    } else {
      store.requested.set(to.id, to);
    }
    store.changed("people");
  },

  friendadded({ user }, refresh) {
    store.know(user);
    befriend(user);
    if (store.isLive) toast(t("friend.added", { name: store.nameOf(user.id) }));
    refresh("friends");
  },

  friendremoved({ user }) {
    for (const list of [store.friends, store.requests, store.requested]) list.delete(user.id);
    store.changed("people", "chats");
  },

  groupchanged(change, refresh) { applyGroupChange(change, refresh); },

  caughtup() {
    store.isLive = true;
    store.changed("chats", "link");
  },

  presence({ user, online, at }) {
    const friend = store.friends.get(user.id);
    if (!friend) return;
    Object.assign(friend, { online, lastSeen: at });
    store.changed("people", "chats", store.directId(user.id));
  },

  receipt({ conversation: id, user, delivered, read }) {
    const conversation = store.conversation(id);
    if (isMe(user)) conversation.readSeq = Math.max(conversation.readSeq, read ?? 0);
    else if (read) conversation.takeRead(user.id, read);
    else conversation.take({ delivered });
    store.changed("chats", id);
  },

  typing({ conversation, user }) {
    store.know(user);
    const typing = store.typing.get(conversation) ?? new Map();
    store.typing.set(conversation, typing);
    clearTimeout(typing.get(user.id));
    typing.set(user.id, setTimeout(() => stopTyping(conversation, user.id), TYPING_LASTS));
    store.changed("chats", conversation);
  },
};

/// In a group, who speaks is told with the group's name, unless it is open.
function nameIn(conversation, user) {
  if (!conversation.isGroup || store.open === conversation.id) return store.nameOf(user);
  return `${store.nameOf(user)}, ${store.title(conversation)}`;
}

function mark(id, change) {
  store.conversation(id).mark(change);
  store.changed("chats", id);
}

function stopTyping(conversation, user) {
  const typing = store.typing.get(conversation);
  if (!typing?.has(user)) return;
  clearTimeout(typing.get(user));
  typing.delete(user);
  store.changed("chats", conversation);
}

export function befriend(user) {
  store.requests.delete(user.id);
  store.requested.delete(user.id);
  if (!store.friends.has(user.id)) store.friends.set(user.id, { ...user, online: false });
  store.changed("people");
}

// Groups

/// Also used for one's own commands, whose results say the same.
export function applyGroupChange({ group, change, user, role, by }, refresh) {
  [user, by].forEach((one) => store.know(one));
  const conversation = `group:${group.id}`;
  const concernsMe = isMe(user) || (change === "created" && isMe(by));
  if (change === "deleted" || (concernsMe && ["left", "kicked"].includes(change))) forgetGroup(group);
  else if (concernsMe && ["created", "joined"].includes(change)) {
    joinGroup({ ...group, role: change === "created" ? "owner" : role ?? "member" });
    refresh("conversations");
  } else if (concernsMe && change === "invited") store.invitations.set(group.id, { group, by });
  else if (concernsMe && ["declined", "withdrawn"].includes(change)) store.invitations.delete(group.id);
  else mergeGroup(group, concernsMe && change === "role" ? role : undefined);
  // The former owner hears of the new one, and is an admin from then on.
  const mine = store.groups.get(group.id);
  if (change === "role" && role === "owner" && !concernsMe && mine?.role === "owner") mine.role = "admin";
  if (store.isLive) tell({ group, change, user, role, by });
  store.changed("groups", "chats", conversation);
}

export function joinGroup(group) {
  store.invitations.delete(group.id);
  store.groups.set(group.id, group);
  store.conversation(`group:${group.id}`);
  store.changed("groups", "chats");
}

export function forgetGroup(group) {
  store.groups.delete(group.id);
  store.invitations.delete(group.id);
  store.conversations.delete(`group:${group.id}`);
  store.changed("groups", "chats", `group:${group.id}`);
}

export function mergeGroup(group, role) {
  const known = store.groups.get(group.id);
  if (known) store.groups.set(group.id, { ...known, ...group, role: role ?? group.role ?? known.role });
}

/// What members of a group are told about it.
function tell({ group, change, user, role, by }) {
  const values = { name: group.name, user: user && store.nameOf(user.id), by: by && store.nameOf(by.id), role: role && t(`group.role.${role}`) };
  if (change === "invited" && !isMe(user)) return;
  if ((change === "left" || change === "kicked") && isMe(user)) return toast(t("group.gone", values));
  if (["joined", "left", "kicked", "invited", "role", "updated", "deleted"].includes(change)) toast(t(`change.${change}`, values));
}
