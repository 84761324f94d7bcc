#!/usr/bin/env python3
"""checks: the web client of two running nodes, used by people in a headless Chromium. One line for each check.

Takes the run's addresses from the environment, as scripts/run writes them into its run.env.
  --chromium PROGRAM   the browser
  --server PROGRAM     chatserver, with which a node that was killed is started again
  --pictures DIR       where screenshots are put; none without it
  --log FILE           what the restarted node says
  --pages A B          where the pages are, if not at the nodes: a server that gives the files and hands /ws on
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

import groups
import looks
import people
import pictures
import settings
from devtools import Browser, CheckFailed, expect
from speaker import PASSWORD, Speaker
from steps import (COMPOSER, accept_friendship, act, ask_for_friendship, invite, log_in, make_group, open_chat, point_at,
                   register, said, say, tab)

LINES = 120  # of a conversation that is long enough to be read in pages


class World:
    """Two nodes, the browser, and the people in it."""

    def __init__(self, options):
        self.options = options
        self.node = {name: f"http://{address}/" for name, address in zip("ab", options.pages)}
        self.entry = os.environ["CHAT_NODE_A"]
        self.browser = Browser(options.chromium)
        self.restarted = None
        self.expected = []  # complaints that a lost node brings with it

    def start(self):
        self.alice, self.bob = self.browser.page("alice"), self.browser.page("bob")

    def signal_node_a(self, number):
        os.kill(int(os.environ["CHAT_NODE_A_PID"]), number)

    def restart_node_a(self):
        with open(self.options.log, "ab") as log:
            self.restarted = subprocess.Popen(
                [self.options.server, "serve", "--node", "a", "--listen", os.environ["CHAT_NODE_A_LISTEN"],
                 "--http", os.environ["CHAT_NODE_A_HTTP"], "--proxy-protocol", "--trust-forwarded"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def close(self):
        self.browser.close()
        if self.restarted:
            self.restarted.terminate()
            self.restarted.wait(20)


# The checks, in the order of the story.

def two_people_register_on_two_nodes(w):
    register(w.alice, w.node["a"], "alice")
    register(w.bob, w.node["b"], "bob")


def they_become_friends_and_see_each_other_online(w):
    ask_for_friendship(w.alice, "bob")
    accept_friendship(w.bob, "alice")
    w.bob.see("online", ".chat-head")
    open_people = "all('.person').some(one => one.innerText.includes('bob') && one.innerText.includes('online'))"
    w.alice.until(open_people, "bob online")


def messages_go_both_ways_and_it_is_told_that_they_were_read(w):
    say(w.bob, "hello Alice")
    said(w.bob, "hello Alice")
    open_chat(w.alice, "bob")
    said(w.alice, "hello Alice")
    say(w.alice, "hi Bob")
    said(w.bob, "hi Bob")
    for page in (w.alice, w.bob):
        page.until("all('.own .status-read').length === 1", "that the message was read")


def typing_is_shown(w):
    w.bob.until(f"focusOn(all({json.dumps(COMPOSER)})[0])", "where one writes")
    is_shown = "document.querySelector('.typing')?.innerText.includes('bob is typing') ?? false"
    for _ in range(150):
        # It is told once a second, and never repeated: somebody who types goes on typing.
        w.bob.type("m")
        if w.alice.run(is_shown):
            break
        time.sleep(0.2)
    else:
        raise CheckFailed("alice waited in vain to see bob typing")
    w.bob.run(f"document.querySelector({json.dumps(COMPOSER)}).select()")
    w.bob.type("what a day")
    w.bob.press("Enter")
    said(w.alice, "what a day")
    w.alice.until("all('.typing').every(one => one.innerText === '')", "the typing to be over")


def what_was_not_read_is_counted(w):
    w.bob.press("Escape")
    w.bob.until("document.querySelector('.shell')?.dataset.pane === 'list'", "the list")
    tab(w.bob, "Chats")
    say(w.alice, "one")
    say(w.alice, "two")
    w.bob.until("all('.badge').map(one => one.innerText).join() === '2'", "two unread messages")
    w.bob.until("document.title === '(1) Parley'", "the count in the title")
    w.alice.until("all('.own .status-delivered').length === 2", "that both were delivered")
    open_chat(w.bob, "alice")
    w.bob.see("New messages", ".log")
    w.bob.until("all('.badge').length === 0 && document.title === 'Parley'", "nothing unread")


def a_message_is_edited(w):
    w.alice.press("ArrowUp")
    w.alice.see("Editing your message", ".about")
    w.alice.run(f"document.querySelector({json.dumps(COMPOSER)}).select()")
    say(w.alice, "two, or three")
    said(w.bob, "two, or three")
    w.bob.see("edited", ".log")


def a_message_is_recalled(w):
    act(w.alice, "one", "Recall")
    w.alice.click("Recall", "dialog")
    for page in (w.alice, w.bob):
        page.see("This message was recalled", ".log")
        page.until("!all('.text').some(one => one.innerText === 'one')", "the text to be gone")


def a_message_is_reacted_to_and_the_reaction_taken_back(w):
    act(w.bob, "two, or three", "React")
    w.bob.click("React with 🎉")
    w.alice.see("🎉 1", ".reactions")
    w.alice.click("🎉, 1. Add yours")
    w.bob.see("🎉 2", ".reactions")
    w.alice.click("🎉, 2, yours too. Take it back")
    w.bob.see("🎉 1", ".reactions")


def a_message_is_answered_with_what_it_answers(w):
    act(w.bob, "hi Bob", "Reply")
    say(w.bob, "hi again")
    w.alice.see("hi Bob", ".quote")


def a_group_is_made_and_somebody_invited_and_made_an_admin(w):
    make_group(w.alice, "Climbers", "Rope, rock and coffee", "invite")
    w.alice.click("About this group")
    invite(w.alice, "bob")
    tab(w.bob, "Groups")
    w.bob.click("Join Climbers")
    w.bob.see("2 members", ".chat-title")
    w.alice.choose("Role of bob", "admin", "dialog")
    w.bob.click("About this group")
    w.bob.until("all('dialog .person').some(one => one.innerText.includes('bob (you)') && one.innerText.includes('admin'))", "bob as an admin")
    for page in (w.alice, w.bob):
        page.click("Close", "dialog")


def a_group_chats(w):
    say(w.alice, "rope on Saturday?")
    said(w.bob, "rope on Saturday?")
    say(w.bob, "yes, at seven")
    said(w.alice, "yes, at seven")
    w.alice.see("bob", ".author")
    w.bob.see("read by 1", ".log")


def those_who_listen_are_told_what_others_see(w):
    tab(w.alice, "Chats")
    w.alice.hear("bob", "online", "hi again")
    open_chat(w.alice, "bob")
    w.alice.hear("You", "two, or three", "edited", "read", "reactions: 🎉 1")
    w.alice.hear("bob", "hi again", "reply to alice: hi Bob")
    open_chat(w.alice, "Climbers")
    w.alice.hear("You", "rope on Saturday?", "read by 1")
    w.alice.click("About this group")
    w.alice.until("all('dialog .person').some(one => one.innerText.includes('bob') && one.innerText.includes('online'))", "bob online among the members")
    w.alice.click("Close", "dialog")


def older_messages_are_read_while_one_scrolls(w):
    w.teller = Speaker(w.entry, "teller")
    w.teller.tell("bob", [f"line {number} of a long story" for number in range(1, LINES + 1)])
    w.bob.press("Escape")
    open_chat(w.bob, "teller")
    said(w.bob, f"line {LINES} of a long story")
    w.bob.goto(w.node["b"])
    said(w.bob, f"line {LINES} of a long story")
    expect(w.bob.run("document.querySelectorAll('.message').length") < LINES, "everything was read at once")
    w.bob.until("(() => { const box = document.querySelector('.messages'); if (box) box.scrollTop = 0; return all('.text').some(one => one.innerText.startsWith('line 1 ')); })()", "the first line")
    numbers = w.bob.run("[...document.querySelectorAll('.text')].map(one => Number(one.innerText.split(' ')[1]))")
    expect(numbers == list(range(1, LINES + 1)), f"lines in another order: {numbers}")


def what_one_looks_at_stays_in_place_while_older_messages_come(w):
    w.bob.goto(w.node["b"])
    said(w.bob, f"line {LINES} of a long story")
    # More than a page, if the server had not heard yet what was read: then one comes back to where that began.
    w.bob.until("document.querySelectorAll('.message').length >= 50", "a page")
    moved = w.bob.run("""(async () => {
        const box = document.querySelector(".messages");
        const count = () => box.querySelectorAll(".message").length;
        const shown = count();
        box.scrollTop = 300;
        const first = [...box.querySelectorAll(".message")].find((one) => one.getBoundingClientRect().bottom > box.getBoundingClientRect().top);
        const before = first.getBoundingClientRect().top;
        for (let look = 0; look < 600 && count() === shown; look += 1) await new Promise((done) => setTimeout(done, 50));
        return [count() - shown, Math.abs(first.getBoundingClientRect().top - before)];
    })()""")
    expect(moved[0] > 0 and moved[1] < 2, f"messages and pixels moved: {moved}")


def a_search_leads_to_the_message_and_back(w):
    w.bob.goto(w.node["b"])
    said(w.bob, f"line {LINES} of a long story")
    w.bob.press("k", "Control")
    w.bob.until("document.activeElement?.type === 'search'", "the focus where one searches")
    w.bob.type("LINE 7 OF")
    w.bob.see("1 message found", "dialog")
    w.bob.press("ArrowDown")
    w.bob.press("Enter")
    w.bob.until("document.activeElement?.classList.contains('found-message') && document.activeElement?.innerText.includes('line 7 of')", "the message found, with the focus")
    expect(not w.bob.run("[...document.querySelectorAll('.text')].some(one => one.innerText.startsWith('line 120 '))"), "all between was read")
    w.bob.click("To the latest message")
    said(w.bob, f"line {LINES} of a long story")


def an_answer_says_that_what_was_before_it_is_read(w):
    say(w.bob, "is that all?")
    said(w.bob, "is that all?")
    w.teller.tell("bob", ["it is"])
    w.teller.close()
    said(w.bob, "it is")
    w.bob.until("all('.own .status-read').length === 1", "that the question was read")
    open_chat(w.bob, "Climbers")


def a_killed_node_costs_no_message_and_no_second_copy(w):
    w.alice.until(f"focusOn(all({json.dumps(COMPOSER)})[0])", "where one writes")
    # What a node was sent and did not answer is sent again; what was written without a connection is sent then.
    w.signal_node_a(signal.SIGSTOP)
    say(w.alice, "said to a frozen node")
    w.alice.see("sending…", ".pending")
    w.signal_node_a(signal.SIGKILL)
    w.alice.see("Connection lost", ".link-state")
    say(w.alice, "said in the dark")
    w.alice.until("all('.pending').length === 2", "two messages on their way")
    say(w.bob, "are you there?")
    said(w.bob, "are you there?")
    w.restart_node_a()
    said(w.alice, "are you there?")
    said(w.alice, "said in the dark")
    for text in ("said to a frozen node", "said in the dark"):
        said(w.bob, text)
    w.alice.until("all('.link-state').length === 0", "the connection to be back")
    for page in (w.alice, w.bob):
        for text in ("said to a frozen node", "said in the dark", "are you there?"):
            expect(page.run(f"[...document.querySelectorAll('.text')].filter(one => one.innerText === {json.dumps(text)}).length") == 1, f"{text!r} is not there once")
    w.expected = [one for one in w.alice.complaints if "WebSocket" in one or "ERR_CONNECTION" in one]


def a_reload_keeps_the_session_and_the_conversation(w):
    w.alice.goto(w.node["a"])
    w.alice.see("Climbers", ".chat-title")
    said(w.alice, "said in the dark")


def another_tab_takes_the_session_over_and_gives_it_back(w):
    second = w.browser.page("alice's second tab", beside=w.alice)
    second.goto(w.node["a"])
    second.see("alice", ".me-name")
    w.alice.see("opened in another tab")
    w.alice.click("Use it here")
    w.alice.see("alice", ".me-name")
    second.see("opened in another tab")
    second.close()


def somebody_with_a_keyboard_alone_gets_everywhere(w):
    page = w.browser.page("carol")
    page.goto(w.node["b"])
    page.until("document.activeElement?.name === 'name'", "the focus in the first field")
    reach(page, "New here? Create an account")
    page.press("Enter")
    page.until("document.activeElement?.name === 'name' && document.querySelector('h2')?.innerText === 'Create account'", "the form for a new account")
    page.type("carol")
    page.press("Tab")
    page.type(PASSWORD)
    page.press("Enter")
    page.see("carol", ".me-name")
    reach(page, "Skip to the conversation")
    reach(page, "Chats")
    page.press("ArrowRight")
    page.until("document.activeElement?.innerText.trim() === 'People'", "the next tab")
    reach(page, "Find people by name")
    page.type("alice")
    page.see("alice", ".panel")
    reach(page, "More about alice")
    page.press("Enter")
    reach(page, "Write to alice")
    page.press("Enter")
    page.until(f"document.activeElement === all({json.dumps(COMPOSER)})[0]", "the focus where one writes")
    page.type("by keyboard")
    page.press("Enter")
    said(page, "by keyboard")
    page.press("Tab", "Shift")
    page.until("document.activeElement?.classList.contains('message')", "the focus on the latest message")
    page.press("+")
    page.until("document.activeElement?.innerText === '👍'", "the choice of emoji")
    page.press("Enter")
    page.see("👍 1", ".reactions")
    page.press("e")
    page.see("Editing your message", ".about")
    page.press("Escape")
    page.until_gone("Editing your message")
    page.press("k", "Control")
    page.until("document.activeElement?.closest('dialog') !== null", "the focus in the window")
    page.press("Escape")
    page.until(f"all('dialog').length === 0 && document.activeElement === all({json.dumps(COMPOSER)})[0]", "the focus back where it was")


def reach(page, name, steps=60):
    """By the Tab key, to what is called so; everything on the way shows that it has the focus."""
    for _ in range(steps):
        page.press("Tab")
        at = page.run("(() => { const one = document.activeElement; const style = getComputedStyle(one);"
                      " return [one.getAttribute('aria-label') ?? (one.labels?.[0] ?? one).innerText?.trim(), style.outlineStyle !== 'none' || one.closest('.composer-row') !== null || one === document.body]; })()")
        expect(at[1], f"{at[0]!r} does not show that it has the focus")
        if at[0] and at[0].split("\n")[0] == name:
            return
    raise CheckFailed(f"{page.name} did not reach {name!r} with the Tab key")


def views(page, language="en"):
    """Shows one view after the other, and names it."""
    words = page.run(f"import('/assets/strings-{language}.js').then((strings) => strings.default)")
    for name in ("chats", "people", "groups"):
        tab(page, words[f"tabs.{name}"])
        yield name
    for title in ("bob", "Climbers"):
        open_chat(page, title, words["tabs.chats"])
        said(page, {"bob": "hi again", "Climbers": "said in the dark"}[title])
        yield f"the chat with {title}"
    point_at(page, "said in the dark")
    yield "the actions of a message"
    page.click(words["group.info"])
    page.see("bob", "dialog")
    yield "a group's window"
    page.click(words["dialog.close"], "dialog")
    page.press("k", "Control")
    yield from windows(page, words)


def windows(page, words):
    """The search, which is open, and the settings."""
    page.see(words["search.query"], "dialog")
    page.type("rope")
    page.see(words["search.results.one"].format(n=1), "dialog")
    yield "search"
    page.click(words["dialog.close"], "dialog")
    page.run("import('/assets/view-settings.js').then(({ openSettings }) => openSettings())")
    page.run("document.querySelectorAll('dialog details').forEach((one) => { one.open = true; })")
    page.see(words["settings.current"], "dialog")
    yield "settings"
    page.click(words["dialog.close"], "dialog")


def every_control_has_a_name_and_every_text_enough_contrast(w):
    wrong = []
    for theme in ("light", "dark"):
        w.alice.prefer(prefers_color_scheme=theme, prefers_reduced_motion="reduce")
        for view in views(w.alice):
            wrong += looks.check(w.alice, f"{view}, {theme}")
    w.alice.prefer(prefers_color_scheme="light", prefers_reduced_motion="reduce")
    expect(not wrong, "; ".join(wrong))


def the_other_language_breaks_no_view(w):
    w.alice.click("Settings")
    w.alice.choose("Language", "zh", "dialog")
    w.alice.see("聊天", ".tabs")
    wrong = [one for view in views(w.alice, "zh") for one in looks.check(w.alice, f"{view}, in Chinese")]
    w.alice.click("设置")
    w.alice.choose("语言", "auto", "dialog")
    w.alice.see("Chats", ".tabs")
    expect(not wrong, "; ".join(wrong))


def a_phone_scrolls_nothing_sideways(w):
    page = w.browser.page("alice's phone")
    page.goto(w.node["b"])
    log_in(page, "alice")
    page.resize(360, 740, mobile=True)
    wrong = []
    tab(page, "Chats")
    wrong += looks.check(page, "the list")
    open_chat(page, "Climbers")
    said(page, "said in the dark")
    page.until("all('.side').length === 0", "the conversation alone")
    wrong += looks.check(page, "the conversation")
    page.click("About this group")
    page.see("bob", "dialog")
    wrong += looks.check(page, "a group's window")
    page.click("Close", "dialog")
    page.click("Search messages")
    words = page.run("import('/assets/strings-en.js').then((strings) => strings.default)")
    wrong += [one for view in windows(page, words) for one in looks.check(page, view)]
    page.click("Back to the list")
    page.until("all('.main').length === 0", "the list alone")
    for name in ("People", "Groups"):
        tab(page, name)
        wrong += looks.check(page, name)
    expect(not wrong, "; ".join(wrong))


def the_page_speaks_the_browser_s_language(w):
    page = w.browser.page("a Chinese browser")
    page.call("Emulation.setUserAgentOverride", userAgent=page.run("navigator.userAgent"), acceptLanguage="zh-CN,zh")
    page.goto(w.node["a"])
    page.see("还没有账号？注册一个")
    expect(page.run("document.documentElement.lang") == "zh-Hans", "the language is not told")
    both = page.run("Promise.all(['en', 'zh'].map(one => import(`/assets/strings-${one}.js`))).then(all => all.map(one => Object.keys(one.default)))")
    expect(both[0] == both[1], "the two languages have other keys")
    page.close()


def nobody_s_markup_runs(w):
    text = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
    say(w.bob, text)
    said(w.alice, text)
    expect(w.alice.run("document.title") != "broken", "a message ran in the page")
    stranger = w.browser.page("a page under attack")
    stranger.goto(w.node["a"])
    stranger.see("Parley")
    attempts = {
        "markup": "document.body.innerHTML = '<b>x</b>'",
        "a script of the page": "(() => { const one = document.createElement('script'); one.textContent = 'window.ran = 1'; document.head.append(one); })()",
        "evaluation": "setTimeout('window.ran = 1')",
        "an address elsewhere": "fetch('http://127.0.0.2:1/').then(() => { window.ran = 1; })",
    }
    for attempt, code in attempts.items():
        refused = stranger.run(f"(async () => {{ try {{ await ({code}); return false; }} catch {{ return true; }} }})()")
        expect(refused or not stranger.run("window.ran"), f"{attempt} is not refused")
    stranger.close()


def logging_out_ends_the_session_on_the_server(w):
    token = w.bob.run("JSON.parse(localStorage.getItem('parley.session')).token")
    w.bob.click("Settings")
    w.bob.click("Log out", "dialog")
    w.bob.see("New here? Create an account")
    open_chat(w.alice, "bob")
    w.alice.see("last seen", ".chat-head")
    expect(w.bob.run("localStorage.getItem('parley.session')") is None, "the token is kept")
    somebody = Speaker(os.environ["CHAT_NODE_B"], "somebody")
    somebody.call("logout")
    try:
        somebody.call("login", token=token)
    except RuntimeError as refusal:
        expect("bad_token" in str(refusal), str(refusal))
    else:
        raise CheckFailed("the token still logs in")
    somebody.close()


def nothing_violated_the_policy_or_went_wrong_unseen(w):
    found = [f"{page.name}: {one}" for page in w.browser.pages.values() for one in page.complaints if one not in w.expected]
    expect(not found, "; ".join(found))


CHECKS = [
    two_people_register_on_two_nodes, they_become_friends_and_see_each_other_online,
    messages_go_both_ways_and_it_is_told_that_they_were_read, typing_is_shown, what_was_not_read_is_counted,
    a_message_is_edited, a_message_is_recalled, a_message_is_reacted_to_and_the_reaction_taken_back,
    a_message_is_answered_with_what_it_answers, a_group_is_made_and_somebody_invited_and_made_an_admin, a_group_chats,
    those_who_listen_are_told_what_others_see, older_messages_are_read_while_one_scrolls,
    what_one_looks_at_stays_in_place_while_older_messages_come, a_search_leads_to_the_message_and_back,
    an_answer_says_that_what_was_before_it_is_read,
    a_killed_node_costs_no_message_and_no_second_copy, a_reload_keeps_the_session_and_the_conversation,
    another_tab_takes_the_session_over_and_gives_it_back, somebody_with_a_keyboard_alone_gets_everywhere,
    *people.CHECKS, *groups.CHECKS, *settings.CHECKS,
    every_control_has_a_name_and_every_text_enough_contrast, the_other_language_breaks_no_view,
    a_phone_scrolls_nothing_sideways, the_page_speaks_the_browser_s_language, nobody_s_markup_runs,
    logging_out_ends_the_session_on_the_server, nothing_violated_the_policy_or_went_wrong_unseen,
]


def name_of(check):
    """As it is printed, and as the documentation lists it."""
    return check.__name__.replace("_s_", "'s ").replace("_", " ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--server", required=True)
    parser.add_argument("--pictures")
    parser.add_argument("--log", default=os.devnull)
    parser.add_argument("--pages", nargs=2, metavar="HOST:PORT", default=[os.environ["CHAT_NODE_A_HTTP"], os.environ["CHAT_NODE_B_HTTP"]])
    options = parser.parse_args()
    world = World(options)
    try:
        world.start()
        for check in CHECKS:
            began = time.monotonic()
            name = name_of(check)
            try:
                check(world)
            except Exception as problem:
                print(f"FAILED  {name}: {problem}", flush=True)
                pictures.of_failure(world)
                return 1
            print(f"ok      {name} ({time.monotonic() - began:.1f} s)", flush=True)
        if options.pictures:
            pictures.make(world, options.pictures)
        return 0
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
