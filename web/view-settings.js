// Settings: how the page looks and speaks, one's devices, the password, the account.
import { button, fill, h } from "./dom.js";
import { ask, choice, field, openDialog } from "./dialog.js";
import { changePassword, deleteAccount, endDevice, sessions } from "./actions.js";
import { complain, toast } from "./notes.js";
import { forgetSession, logOut } from "./client.js";
import { preferences } from "./preferences.js";
import { store } from "./store.js";
import { chooseLanguage, lastSeen, t } from "./words.js";

export function languageChoice() {
  const options = [["auto", t("settings.language.auto")], ["en", "English"], ["zh", "简体中文"]];
  return field(t("settings.language"), choice(options, preferences.language ?? "auto", (value) => {
    preferences.set({ language: value === "auto" ? null : value });
    chooseLanguage();
    // Every view is built anew, in the new words.
    store.changed("session");
  }));
}

export function themeChoice() {
  const options = ["system", "light", "dark"].map((theme) => [theme, t(`settings.theme.${theme}`)]);
  return field(t("settings.theme"), choice(options, preferences.theme, (theme) => {
    preferences.set({ theme });
    preferences.applyTheme();
  }));
}

export function openSettings() {
  openDialog(t("settings.title"), ({ body, close }) => {
    fill(body,
      h("div", { class: "row row-between" },
        h("p", { class: "strong", text: t("settings.loggedInAs", { name: store.me.name }) }),
        h("button", { type: "button", class: "button", onclick: () => { close(); logOut().catch(complain); }, text: t("settings.logout") })),
      h("div", { class: "columns" }, languageChoice(), themeChoice()),
      devicesSection(), passwordSection(), keysSection(), deletionSection(close));
  }, "dialog-wide");
}

function section(title, ...children) {
  return h("details", { class: "section" }, h("summary", { text: title }), ...children);
}

function devicesSection() {
  const list = h("ul", { class: "plain" });
  const show = async () => {
    const result = await sessions();
    const current = result.sessions.find((session) => session.current)?.device;
    fill(list, result.devices.map((device) => deviceRow(device, device.device === current, show)));
  };
  const element = section(t("settings.sessions"), list);
  element.addEventListener("toggle", () => { if (element.open) show().catch(complain); });
  return element;
}

function deviceRow({ device, online, lastSeen: at }, isCurrent, show) {
  const state = isCurrent ? t("settings.current") : online ? t("presence.online") : lastSeen(at);
  const end = () => endDevice(device).then(show).catch(complain);
  return h("li", { class: "row row-between" },
    h("span", {}, h("span", { class: "strong", text: device }), " ", h("span", { class: "muted", text: state })),
    isCurrent ? null : button(t("settings.end"), end, { kind: "button-small", label: t("settings.end.of", { name: device }) }));
}

function passwordSection() {
  const old = h("input", { type: "password", autocomplete: "current-password", required: true });
  const fresh = h("input", { type: "password", autocomplete: "new-password", required: true });
  const form = h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      changePassword(old.value, fresh.value).then(() => {
        form.reset();
        toast(t("settings.password.done"), "good");
      }).catch(complain);
    },
  }, field(t("settings.password.old"), old), field(t("settings.password.new"), fresh, t("entry.password.hint")),
  h("button", { class: "button", text: t("settings.password.save") }));
  return section(t("settings.password"), form);
}

function keysSection() {
  const keys = [
    ["Ctrl K", "search"], ["Alt ↑ ↓", "move"], ["Enter", "send"], ["↑", "edit"], ["↑ ↓ Home End", "messages"], ["Esc", "escape"],
  ];
  const rows = keys.map(([key, what]) => [h("dt", {}, h("kbd", { text: key })), h("dd", { text: t(`settings.keys.${what}`) })]);
  return section(t("settings.keys"), h("dl", { class: "keys" }, rows));
}

function deletionSection(close) {
  const password = h("input", { type: "password", autocomplete: "current-password", required: true });
  const remove = async () => {
    if (!await ask(t("settings.delete.sure"), t("settings.delete"))) return;
    await deleteAccount(password.value);
    close();
    forgetSession();
  };
  const form = h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      remove().catch(complain);
    },
  }, h("p", { class: "muted", text: t("settings.delete.hint") }), field(t("settings.delete.password"), password),
  h("button", { class: "button button-bad", text: t("settings.delete") }));
  return section(t("settings.delete"), form);
}
