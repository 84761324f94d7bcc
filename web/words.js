// The page's own words, in the language of whoever reads it, and times as that language writes them.
import { preferences } from "./preferences.js";
import en from "./strings-en.js";
import zh from "./strings-zh.js";

const languages = { en: { strings: en, locale: undefined }, zh: { strings: zh, locale: "zh-CN" } };

let language = "en";

/// The chosen language, or the first of the browser's that there is.
export function chooseLanguage() {
  const preferred = preferences.language ?? (navigator.languages ?? []).map((tag) => tag.slice(0, 2)).find((tag) => tag in languages);
  language = preferred in languages ? preferred : "en";
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
}

export const has = (key) => key in languages[language].strings;

/// A text with `{name}` replaced. With `n` among the values, `key.one` or `key.other`, as the language counts.
export function t(key, values = {}) {
  const strings = languages[language].strings;
  const text = strings[key] ?? strings[`${key}.${plural(values.n)}`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function plural(n) { return new Intl.PluralRules(locale() ?? "en").select(n ?? 0) === "one" ? "one" : "other"; }

/// English is written as the browser's own kind of English writes dates.
function locale() {
  return languages[language].locale ?? (navigator.languages ?? []).find((tag) => tag.startsWith("en")) ?? "en";
}

const formats = new Map();

function format(options) {
  const key = language + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale(), options));
  return formats.get(key);
}

const dayOf = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());

/// Whole days from one to the other, as the calendar counts.
function daysBetween(date, now) { return Math.round((dayOf(now) - dayOf(date)) / 86_400_000); }

/// 14:05
export const clock = (date) => format({ hour: "2-digit", minute: "2-digit" }).format(date);

/// Friday, 20 November 2026 at 14:05
export const fullTime = (date) => format({ dateStyle: "full", timeStyle: "short" }).format(date);

/// Today, Yesterday, Friday, 20 November
export function dayName(date, now = new Date()) {
  const days = daysBetween(date, now);
  if (days === 0) return t("day.today");
  if (days === 1) return t("day.yesterday");
  if (days > 1 && days < 7) return format({ weekday: "long" }).format(date);
  const isThisYear = date.getFullYear() === now.getFullYear();
  return format({ day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) }).format(date);
}

/// As short as a list has room for: 14:05, Fri, 20 Nov
export function shortTime(date, now = new Date()) {
  const days = daysBetween(date, now);
  if (days <= 0) return clock(date);
  if (days < 7) return format({ weekday: "short" }).format(date);
  const isThisYear = date.getFullYear() === now.getFullYear();
  return format({ day: "numeric", month: "short", ...(isThisYear ? {} : { year: "2-digit" }) }).format(date);
}

/// Whether somebody is there; nothing where that is not known.
export const presence = (online) => (online === undefined ? "" : t(online ? "presence.online" : "presence.offline"));

/// When somebody was last there.
export function lastSeen(text) {
  const date = new Date(text);
  const days = daysBetween(date, new Date());
  return t("presence.lastSeen", { when: days === 0 ? clock(date) : `${dayName(date)} ${clock(date)}` });
}
