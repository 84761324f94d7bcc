// Groups: invitations, one's own, open ones to be found, and making a new one.
import { avatar, button, h, listSection, moveWithArrows, whenQuiet } from "./dom.js";
import { createGroup, enterGroup, findGroups, leaveGroup, loadMoreGroups } from "./actions.js";
import { announce, complain } from "./notes.js";
import { choice, field, openDialog } from "./dialog.js";
import { SEARCH_AFTER } from "./limits.js";
import { store } from "./store.js";
import { t } from "./words.js";

export function groupsPanel(signal) {
  let results = null;
  const query = h("input", { type: "search", class: "search", "aria-label": t("groups.find"), placeholder: t("groups.find"), autocomplete: "off" });
  const found = listSection(t("groups.found"), t("groups.none"), rows(foundRow, (group) => [group, store.groups.has(group.id)]));
  const invitations = listSection(t("groups.invitations"), null, rows(invitationRow, (one) => one, (one) => one.group.id));
  const mine = listSection(t("groups.mine"), t("groups.empty"), rows(groupRow, (group) => group));
  const more = h("button", { type: "button", class: "link", text: t("groups.more"), onclick: () => loadMoreGroups().catch(complain) });
  const show = () => {
    found.show(results);
    invitations.show([...store.invitations.values()]);
    mine.show([...store.groups.values()].sort((one, other) => one.name.localeCompare(other.name)));
    more.hidden = !store.hasMoreGroups;
  };
  const look = whenQuiet(SEARCH_AFTER, async () => {
    const text = query.value.trim();
    results = text ? await findGroups(text).catch((refusal) => { complain(refusal); return []; }) : null;
    if (results) announce(results.length ? `${t("groups.found")}: ${results.length}` : t("groups.none"));
    show();
  });
  query.addEventListener("input", look);
  store.on("groups", show, signal);
  show();
  const panel = h("div", {}, query, button(t("groups.new"), openNewGroup, { kind: "button-wide" }),
    found.element, invitations.element, mine.element, more);
  moveWithArrows(panel, ".group-row");
  return panel;
}

const rows = (build, shown, key = (group) => group.id) => ({ key, signature: (one) => JSON.stringify(shown(one)), build });

const openGroup = (group) => store.show(`group:${group.id}`);

function about(group) {
  return h("span", { class: "person-text" }, h("span", { class: "strong", text: group.name }),
    h("span", { class: "muted small", text: [t("groups.members", { n: group.members }), group.description].filter(Boolean).join(" · ") }));
}

function groupRow(group) {
  const label = t("groups.open.of", { name: group.name });
  return h("li", {}, h("button", { type: "button", class: "group-row", "aria-label": label, onclick: () => openGroup(group) },
    avatar(group.id, group.name, "group"), about(group)));
}

const join = (group) => enterGroup(group.id).then(openGroup).catch(complain);

function foundRow(group) {
  if (store.groups.has(group.id)) return groupRow(group);
  return h("li", { class: "person" }, avatar(group.id, group.name, "group"), about(group),
    button(t("groups.join"), () => join(group), { kind: "button-small", label: t("groups.join.of", { name: group.name }) }));
}

function invitationRow({ group, by }) {
  const { name } = group;
  return h("li", { class: "person person-tall" }, avatar(group.id, name, "group"),
    h("div", { class: "person-text" }, h("span", { class: "strong", text: name }),
      h("span", { class: "muted small", text: t("groups.invitedBy", { name: store.nameOf(by.id) }) })),
    button(t("groups.join"), () => join(group), { kind: "button-small button-main", label: t("groups.join.of", { name }) }),
    button(t("groups.decline"), () => leaveGroup(group).catch(complain), { kind: "button-small", label: t("groups.decline.of", { name }) }));
}

function openNewGroup() {
  openDialog(t("groups.new"), ({ body, close }) => {
    const make = async (settings) => {
      const group = await createGroup(settings);
      close();
      openGroup(group);
    };
    body.append(settingsForm({ name: "", description: "", visibility: "open" }, t("group.create"), make));
  });
}

/// Name, description and visibility of a group that is, or is to be.
export function settingsForm(group, word, save) {
  const name = h("input", { required: true, maxlength: 64, value: group.name });
  const description = h("textarea", { maxlength: 500, rows: 2, value: group.description ?? "" });
  const visibility = choice([["open", t("group.open")], ["invite", t("group.invite")]], group.visibility);
  return h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      save({ name: name.value.trim(), description: description.value.trim(), visibility: visibility.value }).catch(complain);
    },
  }, field(t("group.name"), name), field(t("group.description"), description), field(t("group.visibility"), visibility),
  h("button", { class: "button button-main", text: word }));
}
