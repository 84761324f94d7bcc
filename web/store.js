// Everything that the page knows, and who wants to hear when it changes.
import { Conversation } from "./conversation.js";
import { t } from "./words.js";

class Store {
  #listeners = new Map();
  #pending = new Set();

  constructor() { this.clear(); }

  clear() {
    this.me = null;
    this.conversations = new Map();
    this.hasMoreConversations = false;
    this.names = new Map();
    this.friends = new Map();
    this.hasMoreFriends = false;
    this.requests = new Map();
    this.requested = new Map();
    this.blocked = new Map();
    this.groups = new Map();
    this.hasMoreGroups = false;
    this.invitations = new Map();
    this.typing = new Map();
    this.link = "closed";
    /// Whether the backlog is through: only what is new is worth a word to whoever listens.
    this.isLive = false;
    /// The conversation that is shown, and the message in it that is to be in sight: null for the latest.
    this.open = null;
    this.openAt = null;
  }

  show(conversation, seq = null) {
    this.open = conversation;
    this.openAt = seq;
    this.changed("open", "chats");
  }

  /// Calls back after changes of a topic: `link`, `chats`, `people`, `groups`, or a conversation's id.
  on(topic, action, signal) {
    if (!this.#listeners.has(topic)) this.#listeners.set(topic, new Set());
    this.#listeners.get(topic).add(action);
    signal?.addEventListener("abort", () => this.#listeners.get(topic).delete(action));
  }

  /// Many changes at once are told once.
  changed(...topics) {
    if (this.#pending.size === 0) queueMicrotask(() => this.#tell());
    for (const topic of topics) this.#pending.add(topic);
  }

  #tell() {
    // The session before all else: with another one the views of the former are gone, and hear no more.
    const topics = [...this.#pending].sort((one, other) => Number(other === "session") - Number(one === "session"));
    this.#pending.clear();
    for (const topic of topics) for (const action of [...(this.#listeners.get(topic) ?? [])]) action();
  }

  know(user) { if (user?.name) this.names.set(user.id, user.name); }

  nameOf(id) { return this.names.get(id) ?? t("person.deleted"); }

  /// The conversation of an id, known from now on.
  conversation(id) {
    if (!this.conversations.has(id)) this.conversations.set(id, new Conversation(id));
    return this.conversations.get(id);
  }

  directId(user) {
    const [low, high] = [this.me.id, user].sort((one, other) => one - other);
    return `direct:${low}:${high}`;
  }

  /// What a conversation is called: the other one's name, or the group's.
  title(conversation) {
    if (conversation.isGroup) return this.groups.get(conversation.group)?.name ?? t("group.deleted");
    return this.nameOf(conversation.other(this.me.id));
  }

  /// Those that the list shows, newest first: with a message, or of a group one belongs to.
  listed() {
    return [...this.conversations.values()]
      .filter((one) => (one.isGroup ? this.groups.has(one.group) : one.lastSeq > 0))
      .sort((one, other) => other.position - one.position);
  }

  get unread() { return this.listed().reduce((sum, one) => sum + (one.unread > 0 ? 1 : 0), 0); }

  /// How somebody stands to oneself, for what is offered to do about them.
  standing(user) {
    if (user === this.me.id) return "you";
    if (this.blocked.has(user)) return "blocked";
    if (this.friends.has(user)) return "friend";
    if (this.requests.has(user)) return "asks";
    return this.requested.has(user) ? "requested" : "stranger";
  }

  typingIn(conversation) { return [...(this.typing.get(conversation)?.keys() ?? [])]; }
}

export const store = new Store();
