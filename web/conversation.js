// One conversation as this page knows it: what the list shows of it, and a stretch of its messages without gaps.
import * as limits from "./limits.js";

export class Conversation {
  /// Ascending by `seq`, without gaps, but for the moment in which an answer of this page's own is on its way.
  messages = [];
  isLoaded = false;
  /// Whether there are older messages, and newer ones, than the stretch that is kept.
  hasBefore = true;
  hasAfter = false;
  /// The page that is being read, as a promise; null if none is.
  loading = null;

  with = null;
  position = 0;
  lastSeq = 0;
  readSeq = 0;
  last = null;
  /// How far the other one of a direct conversation has it.
  others = { delivered: 0, read: 0 };
  /// How far each member of a group has read, of those who read while this page was open.
  readers = new Map();
  /// Where the line "new messages" stands while the conversation is open: behind this `seq`.
  newAfter = null;
  /// Messages that are quoted without being in the stretch, by `seq`; null while one is being read.
  quoted = new Map();
  #marks = [];

  constructor(id) {
    this.id = id;
    const [kind, ...ids] = id.split(":");
    this.isGroup = kind === "group";
    this.ids = ids.map(Number);
  }

  get group() { return this.ids[0]; }

  other(me) { return this.ids[0] === me ? this.ids[1] : this.ids[0]; }

  get unread() { return Math.max(0, this.lastSeq - this.readSeq); }

  /// An entry of `conversations`. What pushes have told meanwhile may be newer: nothing goes back.
  takeSummary(summary) {
    this.with = summary.with ?? this.with;
    this.position = Math.max(this.position, summary.position);
    this.lastSeq = Math.max(this.lastSeq, summary.lastSeq);
    this.readSeq = Math.max(this.readSeq, summary.readSeq);
    if (summary.last && summary.last.seq >= (this.last?.seq ?? 0)) this.last = this.#renewed(summary.last);
    if (summary.others) this.take(summary.others);
  }

  take({ delivered = 0, read = 0 }) {
    this.others.read = Math.max(this.others.read, read);
    this.others.delivered = Math.max(this.others.delivered, delivered, this.others.read);
  }

  /// Somebody else has read up to here.
  takeRead(user, seq) {
    if (this.isGroup) this.readers.set(user, Math.max(seq, this.readers.get(user) ?? 0));
    else this.take({ read: seq });
  }

  /// A message that was said: pushed, or this page's own. False if it was known.
  add(message, isOwn) {
    this.position = Math.max(this.position, message.position);
    this.lastSeq = Math.max(this.lastSeq, message.seq);
    if (isOwn) this.readSeq = Math.max(this.readSeq, message.seq);
    const known = this.find(message.seq);
    if (known) return false;
    if (message.seq >= (this.last?.seq ?? 0)) this.last = message;
    if (this.isLoaded && !this.hasAfter) this.#insert(message);
    return true;
  }

  #insert(message) {
    let at = this.messages.length;
    while (at > 0 && this.messages[at - 1].seq > message.seq) at -= 1;
    this.messages.splice(at, 0, message);
  }

  /// A page of history: the `newest`, what comes `before` or `after` what is kept, or what lies `around` something.
  takePage(page, place, more) {
    const fresh = page.map((message) => this.#renewed(message));
    if (place === "before") this.messages = [...fresh.filter((message) => !this.find(message.seq)), ...this.messages];
    else if (place === "after") for (const message of fresh) { if (!this.find(message.seq)) this.#insert(message); }
    else this.messages = fresh;
    if (place !== "after") this.hasBefore = more;
    if (place === "newest") this.hasAfter = false;
    if (place === "after") this.hasAfter = more;
    if (place === "around") this.hasAfter = (fresh.at(-1)?.seq ?? 0) < this.lastSeq;
    this.isLoaded = true;
    const last = this.messages.at(-1);
    if (last && !this.hasAfter && last.seq >= (this.last?.seq ?? 0)) this.last = last;
  }

  /// The newest messages stay, when nobody looks at the others.
  trim() {
    if (this.messages.length <= limits.KEPT_MESSAGES || this.hasAfter) return;
    this.messages = this.messages.slice(-limits.KEPT_AFTER_TRIM);
    this.hasBefore = true;
  }

  find(seq) {
    let low = 0, high = this.messages.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.messages[middle];
      if (found.seq === seq) return found;
      if (found.seq < seq) low = middle + 1;
      else high = middle - 1;
    }
    return null;
  }

  /// What became of a message: a change is `{kind, seq, …}`, kind `edited`, `recalled` or `reaction`.
  mark(change) {
    const since = performance.now() - limits.MARKS_LAST;
    this.#marks = [...this.#marks.filter((one) => one.heard > since), { ...change, heard: performance.now() }];
    for (const message of new Set([this.find(change.seq), this.last?.seq === change.seq ? this.last : null, this.quoted.get(change.seq)])) {
      if (message) apply(change, message);
    }
  }

  /// A page may have been read before the latest marks: they are applied once more. What it shows already stays so.
  #renewed(message) {
    const kept = this.last?.seq === message.seq ? Object.assign(this.last, message) : message;
    kept.revision = (kept.revision ?? 0) + 1;
    for (const change of this.#marks) { if (change.seq === kept.seq) apply(change, kept); }
    return kept;
  }
}

function apply(change, message) {
  message.revision = (message.revision ?? 0) + 1;
  if (change.kind === "recalled") {
    Object.assign(message, { recalled: true, text: "" });
    delete message.reactions;
    delete message.edited;
  } else if (message.recalled) {
    // Nothing comes after a recall.
  } else if (change.kind === "edited") {
    Object.assign(message, { edited: true, text: change.text });
  } else {
    react(message, change);
  }
}

/// Counted by who reacted, as far as those are named: the first ten.
function react(message, { emoji, user, removed }) {
  const reactions = { ...message.reactions };
  const { count, users } = reactions[emoji] ?? { count: 0, users: [] };
  const isThere = users.includes(user);
  if (isThere !== removed && count <= users.length) return;
  const others = users.filter((id) => id !== user);
  const next = { count: Math.max(0, count + (removed ? -1 : 1)), users: removed ? others : [...others, user].slice(0, 10) };
  if (next.count > 0) reactions[emoji] = next;
  else delete reactions[emoji];
  message.reactions = reactions;
}
