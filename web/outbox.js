// Messages on their way. Each is shown at once, and has a key from its first attempt on: however often it is sent, it
// is said once. What is not answered yet survives a reload of the page, in the tab's own storage.
import { store } from "./store.js";
import { randomName } from "./preferences.js";

const KEPT = "parley.outbox";

export class Outbox {
  #entries = [];
  #isSending = new Set();

  constructor(connection) {
    this.connection = connection;
  }

  /// What is on its way in a conversation, in its order.
  waiting(conversation) { return this.#entries.filter((entry) => entry.conversation === conversation); }

  get isEmpty() { return this.#entries.length === 0; }

  /// Takes up what a reload of the page left.
  restore() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    this.#entries = kept && kept.user === store.me.id ? kept.entries : [];
    for (const entry of this.#entries) this.#sendNext(entry.conversation);
  }

  send(conversation, text, replyTo) {
    this.#entries.push({ key: randomName(), conversation, text, replyTo, at: new Date().toISOString(), failure: null });
    this.#changed(conversation);
    this.#sendNext(conversation);
  }

  retry(entry) {
    entry.failure = null;
    this.#changed(entry.conversation);
    this.#sendNext(entry.conversation);
  }

  discard(entry) {
    this.#entries = this.#entries.filter((one) => one !== entry);
    this.#changed(entry.conversation);
  }

  clear() {
    this.#entries = [];
    this.#isSending.clear();
  }

  /// One at a time in each conversation: so they arrive as they were written, whatever has to be tried again.
  async #sendNext(conversation) {
    const entry = this.waiting(conversation).find((one) => one.failure === null);
    if (!entry || this.#isSending.has(conversation)) return;
    this.#isSending.add(conversation);
    try {
      this.#settle(entry, await this.#say(entry));
    } catch (refusal) {
      entry.failure = refusal.words ?? String(refusal);
    }
    this.#isSending.delete(conversation);
    this.#changed(conversation);
    this.#sendNext(conversation);
  }

  #say({ conversation, text, replyTo, key }) {
    const { isGroup, group, ids } = store.conversation(conversation);
    const to = ids.find((id) => id !== store.me.id);
    return this.connection.command(isGroup ? "groupchat" : "chat", { ...(isGroup ? { group } : { to }), text, ...(replyTo ? { replyTo } : {}) }, key);
  }

  #settle(entry, { position, seq, at }) {
    if (!this.#entries.includes(entry)) return;
    const { conversation, text, replyTo } = entry;
    this.#entries = this.#entries.filter((one) => one !== entry);
    const message = { position, conversation, seq, from: store.me, text, at, ...(replyTo ? { replyTo } : {}) };
    store.conversation(conversation).add(message, true);
  }

  #changed(conversation) {
    const entries = this.#entries.map(({ failure, ...entry }) => ({ ...entry, failure }));
    if (entries.length > 0) sessionStorage.setItem(KEPT, JSON.stringify({ user: store.me.id, entries }));
    else sessionStorage.removeItem(KEPT);
    store.changed("chats", conversation);
  }
}
