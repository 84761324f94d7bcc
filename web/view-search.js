// Search in all that one may read, or in one conversation.
import { fill, h, moveWithArrows, whenQuiet } from "./dom.js";
import { complain } from "./notes.js";
import { field, openDialog } from "./dialog.js";
import { search } from "./actions.js";
import { SEARCH_AFTER } from "./limits.js";
import { store } from "./store.js";
import { shortTime, t } from "./words.js";

export function openSearch(conversation = store.open ? store.conversation(store.open) : null) {
  openDialog(t("search.title"), (window) => {
    const query = h("input", { type: "search", autocomplete: "off", autofocus: true });
    const here = h("input", { type: "checkbox" });
    const count = h("p", { class: "muted small", role: "status" });
    const list = h("ul", { class: "plain found" });
    const more = h("button", { type: "button", class: "link", hidden: true, text: t("search.more") });
    let messages = [];
    let asked = 0;

    const look = async (before) => {
      const text = query.value.trim();
      const number = asked += 1;
      if (Array.from(text).length < 2) return show([], false, text ? t("search.short") : "");
      const scope = here.checked && conversation ? { conversation: conversation.id } : {};
      const result = await search(text, { ...scope, ...(before ? { before } : {}) });
      // An answer that came after a later question is not looked at.
      if (number !== asked) return;
      const all = before ? [...messages, ...result.messages] : result.messages;
      show(all, result.more, all.length ? t("search.results", { n: all.length }) : t("search.none"));
    };
    const show = (found, hasMore, words) => {
      messages = found;
      for (const message of found) store.know(message.from);
      fill(list, found.map((message) => row(message, query.value.trim(), window)));
      more.hidden = !hasMore;
      count.textContent = words;
    };
    query.addEventListener("input", whenQuiet(SEARCH_AFTER, () => look().catch(complain)));
    here.addEventListener("change", () => look().catch(complain));
    more.onclick = () => look(messages.at(-1).position).catch(complain);
    query.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") list.querySelector("button")?.focus();
    });
    moveWithArrows(list, ".found-row");
    fill(window.body, field(t("search.query"), query),
      conversation ? h("label", { class: "check" }, here, " ", t("search.here")) : null, count, list, more);
  }, "dialog-wide");
}

function row(message, query, window) {
  const conversation = store.conversation(message.conversation);
  const title = t("search.in", { name: store.nameOf(message.from.id), conversation: store.title(conversation) });
  const go = () => {
    window.close();
    store.show(message.conversation, message.seq);
  };
  return h("li", {}, h("button", { type: "button", class: "found-row", onclick: go },
    h("span", { class: "chat-row-top" }, h("span", { class: "muted small", text: title }),
      h("time", { class: "muted small", datetime: message.at, text: shortTime(new Date(message.at)) })),
    h("span", { class: "found-text" }, excerpt(message.text, query))));
}

/// The place where the query stands, marked. The server folds more than letters' cases; where it found something that
/// this does not, the beginning is shown.
function excerpt(text, query) {
  const at = text.toLocaleLowerCase().indexOf(query.toLocaleLowerCase());
  if (at < 0) return [text.slice(0, 160)];
  const from = Math.max(0, at - 60);
  const end = at + query.length;
  return [from > 0 ? "…" : "", text.slice(from, at), h("mark", { text: text.slice(at, end) }), text.slice(end, end + 100)];
}
