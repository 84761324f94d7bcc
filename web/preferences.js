// What this browser remembers: the language, the theme, and the session.

const PREFERENCES = "parley.preferences";
const SESSION = "parley.session";
const DEVICE = "parley.device";

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing still chats, until it is closed.
  }
}

export const preferences = {
  /// "light", "dark", or "system".
  get theme() { return read(PREFERENCES)?.theme ?? "system"; },
  /// "en", "zh", or null: as the browser prefers.
  get language() { return read(PREFERENCES)?.language ?? null; },

  set(changes) {
    write(PREFERENCES, { ...read(PREFERENCES), ...changes });
  },

  applyTheme() {
    const root = document.documentElement;
    if (this.theme === "system") delete root.dataset.theme;
    else root.dataset.theme = this.theme;
  },
};

/// The token lies in localStorage because it must outlive the tab, and no cookie carries it: what a browser adds to
/// requests by itself could be borrowed by another site's page, this cannot. What could read it is script of this
/// origin, and the page's policy lets no other run than the node's own files. Logging out ends the session on the
/// server, so that a copy of the token is worth nothing.
export const keptSession = {
  get() { return read(SESSION); },
  set(session) { write(SESSION, session); },
  clear() {
    write(SESSION, null);
    sessionStorage.clear();
  },
};

/// This browser's name among its user's devices. Every browser has its own: a second one of the same name would end
/// the first one's session.
export function deviceName() {
  const kept = read(DEVICE);
  if (kept) return kept;
  const agent = navigator.userAgent;
  const named = (patterns) => Object.keys(patterns).find((name) => patterns[name].test(agent));
  const browser = named({ Firefox: /Firefox\//, Edge: /Edg\//, Chrome: /Chrom/, Safari: /Safari\// }) ?? "Browser";
  const system = named({ Android: /Android/, iOS: /iPhone|iPad/, Windows: /Windows/, Mac: /Mac OS/, Linux: /Linux/ });
  const name = `${browser}${system ? ` on ${system}` : ""} ${randomName().slice(0, 4)}`;
  write(DEVICE, name);
  return name;
}

/// 32 characters that nobody else has: the name of a device, or the key of a command. Not `crypto.randomUUID`, which
/// pages without TLS are not given.
export function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
