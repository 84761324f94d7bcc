// Where one comes in: logging in, making an account, and what is said when a session has ended.
import { h, fill } from "./dom.js";
import { field } from "./dialog.js";
import { announce } from "./notes.js";
import { ended, register, resume, signIn } from "./client.js";
import { store } from "./store.js";
import { languageChoice, themeChoice } from "./view-settings.js";
import { t } from "./words.js";

export function entryView(signal) {
  const card = h("div", { class: "entry-card" });
  if (ended === "replaced") showReplaced(card);
  else showForm(card, signal, false);
  return h("main", { class: "entry" }, brand(), card,
    h("footer", { class: "entry-foot" }, languageChoice(), themeChoice()));
}

function brand() {
  return h("div", { class: "brand" },
    h("img", { src: "/assets/icon.svg", alt: "", width: 56, height: 56 }),
    h("h1", { text: t("app.name") }), h("p", { class: "muted", text: t("entry.slogan") }));
}

/// Another tab took the session over: it can be taken back.
function showReplaced(card) {
  fill(card, h("p", { text: t("entry.replaced") }),
    h("button", { type: "button", class: "button button-main", onclick: () => resume(), text: t("entry.useHere") }));
}

function showForm(card, signal, isNew) {
  const name = h("input", { name: "name", autocomplete: "username", required: true, maxlength: 64, autocapitalize: "none", spellcheck: "false" });
  const password = h("input", { name: "password", type: "password", required: true, autocomplete: isNew ? "new-password" : "current-password" });
  const problem = h("p", { class: "problem", role: "alert" });
  const submit = h("button", { class: "button button-main", text: t(isNew ? "entry.register" : "entry.login") });
  if (ended === "revoked") problem.textContent = t("entry.revoked");

  // `form-action` forbids browsers to send it anywhere: it is read here.
  const form = h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      enter({ name, password, problem, submit, isNew, signal });
    },
  },
  field(t("entry.name"), name, isNew ? t("entry.name.hint") : null),
  field(t("entry.password"), password, isNew ? t("entry.password.hint") : null),
  problem, submit);

  fill(card, h("h2", { text: t(isNew ? "entry.register" : "entry.login") }), form,
    h("button", {
      type: "button", class: "link", text: t(isNew ? "entry.toLogin" : "entry.toRegister"),
      onclick: () => { showForm(card, signal, !isNew); card.querySelector("input").focus(); },
    }));
}

async function enter({ name, password, problem, submit, isNew, signal }) {
  submit.disabled = true;
  problem.textContent = "";
  announce(t("entry.busy"));
  store.on("link", () => { if (store.link === "lost") problem.textContent = t("entry.slow"); }, signal);
  try {
    await (isNew ? register : signIn)(name.value.trim(), password.value);
  } catch (refusal) {
    if (!refusal.words) throw refusal;
    problem.textContent = refusal.words;
    submit.disabled = false;
    (refusal.parameter === "password" ? password : name).focus();
  }
}
