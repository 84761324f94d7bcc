// What a user can do, as commands and queries. Each rejects with a `Refusal` that has words for people.
import { connection, outbox } from "./client.js";
import { store } from "./store.js";
import { befriend, forgetGroup, joinGroup, mergeGroup } from "./feed.js";
import { PAGE, TYPING_EVERY } from "./limits.js";

const byId = (list) => new Map(list.map((one) => [one.id, one]));

// Lists

/// The lists that come with a login; `friends` and `groups` give the same again, page by page.
export function takeLists({ friends, requests, groups, invitations, more }) {
  [...friends, ...requests, ...invitations.map(({ by }) => by)].forEach((user) => store.know(user));
  store.friends = byId(friends);
  store.requests = byId(requests);
  takeGroups(groups, invitations);
  store.hasMoreFriends = store.hasMoreGroups = Boolean(more);
  store.changed("people", "groups", "chats");
}

function takeGroups(groups, invitations) {
  store.groups = byId(groups);
  store.invitations = new Map(invitations.map((one) => [one.group.id, one]));
  for (const group of groups) store.conversation(`group:${group.id}`);
}

export async function loadFriends() {
  const { friends, requests, requested, blocked, more } = await connection.call("friends");
  for (const user of [...friends, ...requests, ...requested, ...blocked]) store.know(user);
  Object.assign(store, { friends: byId(friends), requests: byId(requests), requested: byId(requested), blocked: byId(blocked) });
  store.hasMoreFriends = more;
  store.changed("people", "chats");
}

export async function loadMoreFriends() {
  const { friends, more } = await connection.call("friends", { after: Math.max(...store.friends.keys()) });
  for (const friend of friends) {
    store.know(friend);
    store.friends.set(friend.id, friend);
  }
  store.hasMoreFriends = more;
  store.changed("people");
}

export async function loadGroups() {
  const { groups, invitations, more } = await connection.call("groups");
  takeGroups(groups, invitations);
  store.hasMoreGroups = more;
  store.changed("groups", "chats");
}

export async function loadMoreGroups() {
  const { groups, more } = await connection.call("groups", { after: Math.max(...store.groups.keys()) });
  for (const group of groups) joinGroup(group);
  store.hasMoreGroups = more;
  store.changed("groups");
}

/// The newest conversations, or those before a position.
export async function loadConversations(before) {
  const { conversations, more } = await connection.call("conversations", before ? { before } : {});
  for (const summary of conversations) {
    store.know(summary.with);
    if (summary.last) store.know(summary.last.from);
    if (summary.group) store.groups.set(summary.group.id, { ...store.groups.get(summary.group.id), ...summary.group });
    const conversation = store.conversation(summary.conversation);
    conversation.takeSummary(summary);
    store.changed(conversation.id);
  }
  if (before || store.conversations.size <= conversations.length) store.hasMoreConversations = more;
  else store.hasMoreConversations ||= more;
  store.changed("chats", "groups");
}

export function loadOlderConversations() {
  return loadConversations(Math.min(...store.listed().map((one) => one.position)));
}

// Messages

/// Reads a page of a conversation: the `newest`, what comes `before` or `after` what is shown, or what lies `around` a
/// message.
export async function loadPage(conversation, place, seq) {
  const isNext = place === "before" || place === "after";
  // Whoever scrolls asks often; what somebody chose to see is waited for.
  while (conversation.loading) {
    if (isNext) return;
    await conversation.loading.catch(() => {});
  }
  conversation.loading = readPage(conversation, place, seq).finally(() => {
    conversation.loading = null;
    store.changed(conversation.id, "chats");
  });
  await conversation.loading;
}

async function readPage(conversation, place, seq) {
  const { messages, more } = await connection.call("history", { conversation: conversation.id, limit: PAGE, ...bounds(conversation, place, seq) });
  for (const message of messages) store.know(message.from);
  conversation.takePage(messages, place, more);
}

function bounds(conversation, place, seq) {
  if (place === "before") return { before: conversation.messages[0].seq };
  if (place === "after") return { after: conversation.messages.at(-1).seq };
  return place === "around" ? { before: seq + PAGE / 2 } : {};
}

/// One message, for a quotation of what is not shown.
export async function loadMessage(conversation, seq) {
  const { messages } = await connection.call("history", { conversation, after: seq - 1, before: seq + 1, limit: 1 });
  return messages[0] ?? null;
}

export function send(conversation, text, replyTo) { outbox.send(conversation, text, replyTo); }

export async function edit({ conversation, seq }, text) {
  await connection.command("edit", { conversation, seq, text });
  mark(conversation, { kind: "edited", seq, text });
}

export async function recall({ conversation, seq }) {
  await connection.command("recall", { conversation, seq });
  mark(conversation, { kind: "recalled", seq });
}

export async function react({ conversation, seq }, emoji, removed) {
  await connection.command("react", { conversation, seq, emoji, ...(removed ? { remove: true } : {}) });
  mark(conversation, { kind: "reaction", seq, emoji, removed, user: store.me.id });
}

function mark(conversation, change) {
  store.conversation(conversation).mark(change);
  store.changed("chats", conversation);
}

/// Somebody has seen all that there is.
export function markRead(conversation) {
  if (conversation.unread === 0) return;
  conversation.readSeq = conversation.lastSeq;
  store.changed("chats");
  connection.call("read", { conversation: conversation.id, seq: conversation.lastSeq }).catch(() => {});
}

let typedAt = -Infinity;

export function typing(conversation) {
  if (performance.now() - typedAt < TYPING_EVERY) return;
  typedAt = performance.now();
  connection.notify("typing", { conversation });
}

export const search = (query, more) => connection.call("search", { query, limit: 20, ...more });

// People

export const findUsers = async (query) => (await connection.call("finduser", { query, limit: 20 })).users;

export async function addFriend(user) {
  const { state } = await connection.command("addfriend", { user: user.id });
  store.know(user);
  if (state === "friends") befriend(user);
  else store.requested.set(user.id, user);
  store.changed("people");
}

export async function acceptFriend(user) {
  await connection.command("acceptfriend", { user: user.id });
  befriend(user);
  await loadFriends();
}

export async function rejectFriend(user) {
  await connection.command("rejectfriend", { user: user.id });
  store.requests.delete(user.id);
  store.changed("people");
}

/// Also takes back a request.
export async function removeFriend(user) {
  await connection.command("removefriend", { user: user.id });
  for (const list of [store.friends, store.requested, store.requests]) list.delete(user.id);
  store.changed("people", "chats");
}

export async function block(user) {
  await connection.command("block", { user: user.id });
  for (const list of [store.friends, store.requested, store.requests]) list.delete(user.id);
  store.blocked.set(user.id, user);
  store.changed("people", "chats", store.directId(user.id));
}

export async function unblock(user) {
  await connection.command("unblock", { user: user.id });
  store.blocked.delete(user.id);
  store.changed("people", "chats", store.directId(user.id));
}

// Groups

export const findGroups = async (query) => (await connection.call("findgroup", { query, limit: 20 })).groups;

export const groupInfo = (group, after) => connection.call("groupinfo", { group, ...(after ? { after } : {}) });

export async function createGroup(settings) {
  const { group } = await connection.command("creategroup", settings);
  joinGroup(group);
  await loadConversations();
  return group;
}

export async function updateGroup(group, settings) {
  mergeGroup((await connection.command("updategroup", { group, ...settings })).group);
  store.changed("groups", "chats", `group:${group}`);
}

export async function enterGroup(id) {
  const { group } = await connection.command("joingroup", { group: id });
  joinGroup(group);
  await loadConversations();
  return group;
}

/// Leaves a group, or declines an invitation to it.
export async function leaveGroup(group) {
  await connection.command("leavegroup", { group: group.id });
  forgetGroup(group);
}

export async function deleteGroup(group) {
  await connection.command("deletegroup", { group: group.id });
  forgetGroup(group);
}

export async function invite(group, user) { await connection.command("invite", { group, user: user.id }); }

export async function kick(group, user) { await connection.command("kick", { group: group.id, user: user.id }); }

export async function setRole(group, user, role) {
  await connection.command("setrole", { group: group.id, user: user.id, role });
  if (role === "owner") mergeGroup({ ...group, role: "admin" });
  store.changed("groups", `group:${group.id}`);
}

// The account

export const sessions = () => connection.call("sessions");
export const endDevice = (device) => connection.call("enddevice", { device });
export const changePassword = (old, fresh) => connection.command("changepassword", { old, new: fresh });
export const deleteAccount = (password) => connection.call("deleteaccount", { password });
