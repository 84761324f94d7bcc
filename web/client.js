// The page's one session, its store and its outbox, and what ties them together.
import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";
import { store } from "./store.js";
import { applyPush } from "./feed.js";
import { loadConversations, loadFriends, loadGroups, takeLists } from "./actions.js";
import { deviceName, keptSession, randomName } from "./preferences.js";
import { complain, toast } from "./notes.js";
import { whenQuiet } from "./dom.js";
import { t } from "./words.js";

/// Why there is no session: null, `revoked`, or `replaced` by another tab. Told to the view of who comes in.
export let ended = null;

const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;

/// The server's limits, as `hello` tells them.
export const server = { textBytes: 16_384, frameBytes: 65_536 };

const refreshes = {
  friends: whenQuiet(300, () => loadFriends().catch(complain)),
  conversations: whenQuiet(300, () => loadConversations().catch(complain)),
};
const refresh = (what) => refreshes[what]();

export const connection = new Connection(url, {
  state(name) {
    const wasLost = store.link === "lost" || (store.link === "connecting" && store.me);
    if (name === "ready" && wasLost && store.me) toast(t("link.back"), "good");
    store.link = name;
    store.changed("link");
  },
  push: (method, params) => applyPush(method, params, refresh),
  login: (result, isResumed) => begin(result, isResumed),
  ended(reason) {
    ended = reason;
    if (reason === "revoked") keptSession.clear();
    leave();
  },
});

export const outbox = new Outbox(connection);

/// A session has begun, or begun again: the lists are read anew, messages only if they are not pushed.
function begin(result, isResumed) {
  const isOther = store.me?.id !== result.user.id;
  const isNew = isOther || !isResumed;
  if (isNew) {
    const open = isOther ? null : store.open;
    store.clear();
    store.open = open;
  }
  ended = null;
  store.isLive = false;
  store.me = result.user;
  store.know(result.user);
  keptSession.set({ token: result.token, name: result.user.name });
  takeLists(result);
  // Friends with who asked and who is blocked, which a login does not tell; groups if there are more.
  Promise.all([loadConversations(), loadFriends(), result.more ? loadGroups() : null]).catch(complain);
  if (isNew) outbox.restore();
  connection.call("hello").then(({ limits }) => {
    server.textBytes = limits["text.bytes"] ?? server.textBytes;
    server.frameBytes = limits["frame.bytes"] ?? server.frameBytes;
  }).catch(() => {});
  store.changed("link", ...(isNew ? ["session"] : []));
}

function leave() {
  outbox.clear();
  store.clear();
  store.changed("session", "link");
}

export const signIn = (name, password) => connection.signIn(name, password, deviceName());

export async function register(name, password) {
  await connection.ask("register", { name, password, key: randomName() });
  await signIn(name, password);
}

/// Ends the session on the server as well: its token is good no more, wherever a copy of it may be.
export async function logOut() {
  await connection.call("logout");
  forgetSession();
}

/// After `logout` and `deleteaccount`, of which the server keeps nothing either.
export function forgetSession() {
  ended = null;
  keptSession.clear();
  connection.close();
  leave();
}

/// Goes on with the session that this browser keeps; false if there is none.
export function resume() {
  const kept = keptSession.get();
  if (kept) connection.resume(kept.token);
  return Boolean(kept);
}
