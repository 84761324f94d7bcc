// About one group: its settings, its members with their roles, invitations, and leaving it.
import { avatar, button, fill, h, unseen } from "./dom.js";
import { deleteGroup, findUsers, groupInfo, invite, kick, leaveGroup, setRole, updateGroup } from "./actions.js";
import { ask, choice, field, openDialog } from "./dialog.js";
import { complain, toast } from "./notes.js";
import { settingsForm } from "./view-groups.js";
import { writeTo } from "./view-people.js";
import { Refusal } from "./refusal.js";
import { store } from "./store.js";
import { presence, t } from "./words.js";

export async function openGroupInfo(id) {
  // Read first: a window that grows under the pointer is clicked in the wrong place.
  const first = await groupInfo(id);
  openDialog(t("group.info"), (window) => {
    const settings = h("div", {});
    const members = h("ul", { class: "plain", "aria-label": t("group.members") });
    const heading = h("h3", { class: "heading" });
    const more = h("button", { type: "button", class: "link", text: t("group.more"), hidden: true });
    const leave = h("div", { class: "row row-end" });
    fill(window.body, settings, inviteForm(id), heading, members, more, leave);

    const show = async (after) => {
      if (!store.groups.has(id)) return window.close();
      put(await groupInfo(id, after), after);
    };
    const put = (page, after) => {
      const group = store.groups.get(id);
      for (const member of page.members) store.know(member);
      heading.textContent = t("groups.members", { n: page.group.members });
      const rows = page.members.map((member) => memberRow(group, member, window, show));
      if (after) members.append(...rows);
      else fill(members, rows);
      more.hidden = !page.more;
      more.onclick = () => show(page.members.at(-1).id).catch(complain);
      showSettings(settings, group);
      fill(leave, leaveButtons(group, window));
    };
    put(first);
    // Forms that somebody is filling in are left as they are.
    store.on(`group:${id}`, () => show().catch(() => window.close()), window.signal);
  }, "dialog-wide");
}

const isAdmin = (group) => group.role === "owner" || group.role === "admin";

function showSettings(place, group) {
  if (place.contains(document.activeElement)) return;
  if (isAdmin(group)) {
    fill(place, h("details", { class: "section" }, h("summary", { text: group.name }),
      settingsForm(group, t("group.save"), (settings) => updateGroup(group.id, settings))));
  } else {
    fill(place, h("p", { class: "strong", text: group.name }), group.description ? h("p", { text: group.description }) : null);
  }
}

function inviteForm(id) {
  const group = store.groups.get(id);
  if (group.visibility === "invite" && !isAdmin(group)) return null;
  const name = h("input", { required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false", list: "friends-to-invite" });
  const friends = h("datalist", { id: "friends-to-invite" }, [...store.friends.values()].map((friend) => h("option", { value: friend.name })));
  const send = async () => {
    const typed = name.value.trim();
    const user = (await findUsers(typed)).find((one) => one.name.toLocaleLowerCase() === typed.toLocaleLowerCase());
    if (!user) throw new Refusal({ code: 404, data: { reason: "no_such_user" } });
    await invite(id, user);
    toast(t("group.invited", { name: user.name }), "good");
    name.value = "";
  };
  return h("form", {
    class: "row row-fields",
    onsubmit: (event) => {
      event.preventDefault();
      send().catch(complain);
    },
  }, field(t("group.inviteName"), name), friends, h("button", { class: "button", text: t("group.inviteButton") }));
}

function memberRow(group, member, window, show) {
  const name = member.name ?? t("person.deleted");
  const isMe = member.id === store.me.id;
  const mayKick = !isMe && (group.role === "owner" || (group.role === "admin" && member.role === "member"));
  const write = () => {
    window.close();
    writeTo(member);
  };
  return h("li", { class: "person" }, avatar(member.id, name, "person", member.online),
    h("div", { class: "person-text" }, h("span", { class: "strong", text: isMe ? `${name} (${t("people.is.you")})` : name }),
      unseen(presence(member.online)),
      group.role === "owner" && !isMe ? null : h("span", { class: "muted small", text: t(`group.role.${member.role}`) })),
    group.role === "owner" && !isMe ? roleChoice(group, member, name, show) : null,
    isMe ? null : button(t("people.message"), write, { kind: "button-small", label: t("people.message.of", { name }) }),
    mayKick ? button(t("group.kick"), () => remove(group, member, name, show).catch(complain),
      { kind: "button-small", label: t("group.kick.of", { name }) }) : null);
}

function roleChoice(group, member, name, show) {
  const select = choice(["member", "admin", "owner"].map((role) => [role, t(`group.role.${role}`)]), member.role, async (role) => {
    const isSure = role !== "owner" || await ask(t("group.owner.sure", { name }));
    if (isSure) await setRole(group, member, role).catch(complain);
    show().catch(complain);
  });
  select.setAttribute("aria-label", t("group.role.of", { name }));
  return select;
}

async function remove(group, member, name, show) {
  if (!await ask(t("group.kick.sure", { name }), t("group.kick"))) return;
  await kick(group, member);
  await show();
}

function leaveButtons(group, window) {
  const end = async (word, action) => {
    if (!await ask(t(`group.${word}.sure`, { name: group.name }), t(`group.${word}`))) return;
    await action(group);
    window.close();
  };
  const ending = (word, action) => button(t(`group.${word}`), () => end(word, action).catch(complain), { kind: "button-bad" });
  return [ending("leave", leaveGroup), group.role === "owner" ? ending("delete", deleteGroup) : null];
}
