// People: who asks, friends, whom one has asked, whom one blocks, and a search for others.
import { avatar, button, h, listSection, moveWithArrows, whenQuiet } from "./dom.js";
import { acceptFriend, addFriend, block, findUsers, loadMoreFriends, rejectFriend, removeFriend, unblock } from "./actions.js";
import { ask } from "./dialog.js";
import { announce, complain } from "./notes.js";
import { SEARCH_AFTER } from "./limits.js";
import { store } from "./store.js";
import { lastSeen, t } from "./words.js";

export function peoplePanel(signal) {
  let results = null;
  const query = h("input", { type: "search", class: "search", "aria-label": t("people.find"), placeholder: t("people.find"), autocomplete: "off" });
  const [found, requests, friends, requested, blocked] = [
    ["found", "people.none"], ["requests"], ["friends", "people.friends.empty"], ["requested"], ["blocked"],
  ].map(([title, empty]) => listSection(t(`people.${title}`), empty && t(empty), row));
  const more = h("button", { type: "button", class: "link", text: t("people.more"), onclick: () => loadMoreFriends().catch(complain) });
  const show = () => {
    found.show(results);
    requests.show([...store.requests.values()]);
    friends.show(byPresence([...store.friends.values()]));
    requested.show([...store.requested.values()]);
    blocked.show([...store.blocked.values()]);
    more.hidden = !store.hasMoreFriends;
  };
  const look = whenQuiet(SEARCH_AFTER, async () => {
    const text = query.value.trim();
    results = text ? await findUsers(text).catch((refusal) => { complain(refusal); return []; }) : null;
    if (results) announce(results.length ? `${t("people.found")}: ${results.length}` : t("people.none"));
    show();
  });
  query.addEventListener("input", look);
  store.on("people", show, signal);
  show();
  const panel = h("div", {}, query, found.element, requests.element, friends.element, more, requested.element, blocked.element);
  moveWithArrows(panel, ".person .button-first");
  return panel;
}

/// Those who are there first, then by name.
function byPresence(friends) {
  const here = (friend) => (friend.online ? 1 : 0);
  return friends.sort((one, other) => here(other) - here(one) || (one.name ?? "").localeCompare(other.name ?? ""));
}

const row = {
  key: (user) => user.id,
  signature: ({ id, name }) => JSON.stringify([name, store.standing(id), store.friends.get(id)?.online, store.friends.get(id)?.lastSeen]),
  build: person,
};

function person(user) {
  const name = user.name ?? t("person.deleted");
  const standing = store.standing(user.id);
  const state = store.friends.get(user.id) ?? user;
  const [first, ...others] = actionsFor(standing, user, name);
  return h("li", { class: "person" },
    avatar(user.id, name, "person", standing === "friend" ? Boolean(state.online) : undefined),
    h("div", { class: "person-text" }, h("span", { class: "strong", text: name }), stateLine(standing, state)),
    first ? actionButton(first, "button-small button-first") : null,
    others.length ? optionsOf(name, others) : null);
}

function stateLine(standing, { online, lastSeen: at }) {
  let text = "";
  if (standing === "friend") text = online ? t("presence.online") : at ? lastSeen(at) : t("presence.offline");
  else if (standing === "requested") text = t("people.is.requested");
  else if (standing === "you") text = t("people.is.you");
  return text ? h("span", { class: "muted small", text }) : null;
}

export function writeTo(user) {
  store.know(user);
  store.show(store.directId(user.id));
}

/// What can be done about somebody, the likeliest first.
function actionsFor(standing, user, name) {
  const write = { word: "message", run: () => writeTo(user) };
  const add = { word: "add", run: () => addFriend(user) };
  const remove = { word: "remove", sure: true, run: () => removeFriend(user) };
  const shut = { word: "block", sure: true, run: () => block(user) };
  const all = {
    you: [],
    friend: [write, remove, shut],
    asks: [{ word: "accept", run: () => acceptFriend(user) }, { word: "reject", run: () => rejectFriend(user) }, write, shut],
    requested: [write, { word: "withdraw", run: () => removeFriend(user) }, shut],
    blocked: [{ word: "unblock", run: () => unblock(user) }],
    stranger: [add, write, shut],
  }[standing];
  return all.map((action) => ({ ...action, name }));
}

function actionButton({ word, name, sure, run }, kind) {
  const act = async () => {
    if (sure && !await ask(t(`people.${word}.sure`, { name }), t(`people.${word}`))) return;
    await run();
  };
  return button(t(`people.${word}`), () => act().catch(complain), { kind, label: t(`people.${word}.of`, { name }) });
}

function optionsOf(name, actions) {
  return h("details", { class: "options" },
    h("summary", { class: "icon-button", "aria-label": t("people.options.of", { name }), text: "⋯" }),
    h("div", { class: "options-list" }, actions.map((action) => actionButton(action, "button-small"))));
}
