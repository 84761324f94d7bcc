// One session over WebSocket, kept alive: it comes back by itself after the connection, or the node, is lost, logs in
// with its token, and goes on where the feed stopped. What was asked and not answered is asked again: queries as they
// are, commands under their key, so that they happen once.
import * as limits from "./limits.js";
import { Refusal } from "./refusal.js";
import { randomName } from "./preferences.js";

export class Connection {
  #socket = null;
  #calls = new Map();
  #nextId = 1;
  #token = null;
  #credentials = null;
  #position = 0;
  #epoch = null;
  #acknowledged = 0;
  #acknowledging = 0;
  #pause = limits.FIRST_PAUSE;
  #retry = 0;
  #opening = 0;
  #heard = 0;
  #pinged = 0;
  #ready = false;

  /// What happens is told to: `state(name, retryIn)`, `push(method, params)`, `login(result)`, `ended(reason)`.
  constructor(url, told) {
    this.url = url;
    this.told = told;
    setInterval(() => this.#watch(), 2_500);
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#hurry(); });
  }

  get isReady() { return this.#ready; }

  /// Resumes the session of this token, for as long as the token is good.
  resume(token) {
    this.#token = token;
    this.#open();
  }

  /// Opens a session with a password; rejected if it is refused.
  async signIn(name, password, device) {
    this.#credentials = { name, password, device };
    try {
      return await this.#enqueue("login", this.#credentials, { anonymous: true });
    } finally {
      this.#credentials = null;
    }
  }

  /// Asks for something, and gives the result. It waits through lost connections.
  call(method, params = {}) { return this.#enqueue(method, params, { anonymous: false }); }

  /// A changing command: whatever happens on the way, it takes effect once.
  command(method, params = {}, key = randomName()) { return this.call(method, { ...params, key }); }

  /// Asked without a session: `register`.
  ask(method, params) { return this.#enqueue(method, params, { anonymous: true }); }

  /// Says something that needs no answer, if there is a session to say it in.
  notify(method, params) {
    if (this.#ready) this.#send({ jsonrpc: "2.0", method, params });
  }

  /// Forgets the session, and lets go of the connection.
  close() {
    clearTimeout(this.#retry);
    this.#token = null;
    this.#position = 0;
    this.#epoch = null;
    this.#acknowledged = 0;
    this.#drop();
    for (const call of this.#calls.values()) call.reject(new Refusal({ code: 401, data: { reason: "not_logged_in" } }));
    this.#calls.clear();
    this.told.state("closed");
  }

  // Requests

  #enqueue(method, params, { anonymous }) {
    return new Promise((resolve, reject) => {
      if (this.#calls.size >= limits.WAITING_CALLS) return reject(new Refusal({ code: 429, data: {} }));
      const call = { id: this.#nextId++, method, params, anonymous, resolve, reject, attempts: 0, isHeld: false };
      this.#calls.set(call.id, call);
      if (anonymous ? this.#isOpen : this.#ready) this.#write(call);
      else if (!this.#socket && !this.#retry) this.#open();
    });
  }

  get #isOpen() { return this.#socket?.readyState === WebSocket.OPEN; }

  #write(call) { this.#send({ jsonrpc: "2.0", id: call.id, method: call.method, params: call.params }); }

  #send(message) { if (this.#isOpen) this.#socket.send(JSON.stringify(message)); }

  #sendWaiting(anonymous) {
    for (const call of this.#calls.values()) {
      if (call.anonymous === anonymous && !call.isHeld) this.#write(call);
    }
  }

  // Opening and losing

  #open() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    if (this.#socket) return;
    this.told.state("connecting");
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    this.#opening = performance.now();
    const ifCurrent = (action) => (event) => { if (this.#socket === socket) action(event); };
    socket.onopen = ifCurrent(() => this.#opened());
    socket.onmessage = ifCurrent((event) => this.#received(event.data));
    socket.onclose = ifCurrent(() => this.#lost());
  }

  #opened() {
    this.#heard = performance.now();
    this.#pinged = 0;
    if (this.#token) {
      const since = this.#position > 0 ? { since: this.#position, epoch: this.#epoch } : {};
      this.#send({ jsonrpc: "2.0", id: "login", method: "login", params: { token: this.#token, ...since } });
    }
    this.#sendWaiting(true);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    clearTimeout(this.#acknowledging);
    this.#acknowledging = 0;
    socket?.close();
  }

  /// Everybody who lost the same node waits for another while: half the pause is chance.
  #lost(atLeast = 0) {
    this.#drop();
    const isWanted = this.#token || this.#calls.size > 0;
    if (!isWanted) return this.told.state("closed");
    const wait = atLeast + this.#pause * (0.5 + Math.random() / 2);
    this.#pause = Math.min(this.#pause * 2, limits.LONGEST_PAUSE);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => { this.#retry = 0; this.#open(); }, wait);
    this.told.state("lost", wait);
  }

  /// The network is back, or somebody is looking: no reason to wait on.
  #hurry() {
    if (this.#retry) this.#open();
    else if (this.#ready && !this.#pinged) this.#ping();
  }

  #watch() {
    const now = performance.now();
    if (!this.#socket) return;
    if (!this.#isOpen) return void (now - this.#opening > limits.OPENING && this.#lost());
    if (this.#pinged && now - this.#pinged > limits.PATIENCE) this.#lost();
    else if (!this.#pinged && now - this.#heard > limits.QUIET) this.#ping();
  }

  #ping() {
    this.#pinged = performance.now();
    this.#send({ jsonrpc: "2.0", id: "ping", method: "ping" });
  }

  // What comes

  #received(text) {
    this.#heard = performance.now();
    this.#pinged = 0;
    const message = JSON.parse(text);
    if (message.method) return this.#pushed(message.method, message.params ?? {});
    if (message.id === "login") return this.#loggedIn(message);
    const call = this.#calls.get(message.id);
    if (!call) return;
    if (message.error) return this.#refused(call, new Refusal(message.error));
    this.#calls.delete(call.id);
    // Before anybody who waits for the answer goes on: what they ask next is asked in the session.
    if (call.method === "login") this.#begin(message.result);
    call.resolve(message.result);
  }

  #refused(call, refusal) {
    if (!refusal.isTransient || ++call.attempts > limits.ATTEMPTS) {
      this.#calls.delete(call.id);
      return call.reject(refusal);
    }
    call.isHeld = true;
    setTimeout(() => {
      call.isHeld = false;
      if (this.#calls.has(call.id) && (call.anonymous ? this.#isOpen : this.#ready)) this.#write(call);
    }, refusal.retryAfter * (1 + Math.random() / 2));
  }

  #loggedIn(message) {
    if (!message.error) return this.#begin(message.result);
    const refusal = new Refusal(message.error);
    if (refusal.isTransient) return this.#lost(refusal.retryAfter);
    this.#end("revoked");
  }

  #begin(result) {
    this.#token = result.token;
    this.#ready = true;
    this.#pause = limits.FIRST_PAUSE;
    const isResumed = this.#position > 0 && !result.reset;
    if (result.reset) this.#position = this.#acknowledged = result.reset.position;
    this.#epoch = result.epoch;
    this.told.login(result, isResumed);
    this.told.state("ready");
    this.#sendWaiting(false);
  }

  #pushed(method, params) {
    if (method === "goaway") return this.#sentAway(params);
    this.told.push(method, params);
    // Only the feed and `caughtup` have positions, and they rise.
    if (params.position > this.#position) {
      this.#position = params.position;
      this.#acknowledging ||= setTimeout(() => this.#acknowledge(), limits.ACKNOWLEDGE_AFTER);
    }
  }

  #acknowledge() {
    this.#acknowledging = 0;
    if (this.#position <= this.#acknowledged) return;
    this.#acknowledged = this.#position;
    this.notify("ack", { position: this.#position });
  }

  #sentAway({ reason, retryAfter }) {
    if (reason === "replaced" || reason === "revoked") return this.#end(reason);
    this.#lost(retryAfter ?? 0);
  }

  /// Another session took this one's place, or it was ended: coming back is not for the program to decide.
  #end(reason) {
    this.close();
    this.told.ended(reason);
  }
}
