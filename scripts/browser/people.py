"""Checks of what people are to each other: requests, friends, blocks."""
from devtools import expect
from steps import accept_friendship, ask_for_friendship, open_chat, register, said, say, tab


def a_request_is_declined_or_taken_back_and_made_again(w):
    dora, emil = w.dora, w.emil = w.browser.page("dora"), w.browser.page("emil")
    register(dora, w.node["a"], "dora")
    register(emil, w.node["b"], "emil")
    dora.until("import('/assets/actions.js').then(({ findUsers }) => findUsers('emil')).then(found => found.length > 0)", "emil to be found")
    ask_for_friendship(dora, "emil")
    tab(emil, "People")
    emil.hear("People", "1 friend request")
    more(emil, "dora", "Decline the request of dora")
    emil.until("all('.panel .person').length === 0", "the request to be gone")
    expect("friend request" not in " ".join(emil.names()), "the request is still counted")
    more(dora, "emil", "Take back the request to emil")
    dora.click("Add emil as a friend")
    dora.see("asked", ".panel")
    emil.see("dora", ".panel .person")
    more(dora, "emil", "Take back the request to emil")
    dora.see("Add friend", ".panel")
    # Nobody is told of what was taken back; whoever accepts it is told why that does not work.
    emil.click("Accept the request of dora")
    emil.see("There is no such request any more.", ".toast")
    dora.click("Add emil as a friend")
    dora.see("asked", ".panel")
    accept_friendship(emil, "dora")
    say(emil, "good evening")
    open_chat(dora, "emil")
    said(dora, "good evening")


def a_friend_is_removed_for_both(w):
    find(w.dora, "emil")
    w.dora.see("online", ".panel")
    more(w.dora, "emil", "Remove emil from your friends")
    w.dora.click("Remove friend", ".dialog-ask")
    w.dora.until("named('Add emil as a friend', '.panel') !== undefined", "emil as a stranger")
    tab(w.emil, "People")
    w.emil.see("No friends yet", ".panel")


def what_a_blocked_person_writes_waits_until_they_are_unblocked(w):
    dora, emil = w.dora, w.emil
    find(dora, "emil")
    more(dora, "emil", "Block emil")
    dora.click("Block", ".dialog-ask")
    dora.see("Blocked", ".chat-head")
    for text in ("are you cross with me?", "I brought cake"):
        say(emil, text)
    emil.until("all('.failed').filter(one => one.innerText.includes('Not sent: That is not allowed.')).length === 2", "both messages refused")
    emil.click("Discard")
    emil.until("all('.failed').length === 1", "one message less")
    emil.goto(w.node["b"])
    open_chat(emil, "dora")
    emil.see("I brought cake", ".failed")
    dora.click("Unblock emil")
    dora.until("named('Add emil as a friend', '.panel') !== undefined", "emil as a stranger")
    emil.click("Try again")
    for page in (emil, dora):
        said(page, "I brought cake")
        page.until("!all('.text').some(one => one.innerText === 'are you cross with me?')", "nothing of what was discarded")


def find(page, name):
    tab(page, "People")
    page.fill("Find people by name", name)
    page.until(f"named('More about {name}', '.panel') !== undefined", f"{name} to be found")


def more(page, name, action):
    """What is not offered at once."""
    page.click(f"More about {name}")
    page.click(action)


CHECKS = [a_request_is_declined_or_taken_back_and_made_again, a_friend_is_removed_for_both,
          what_a_blocked_person_writes_waits_until_they_are_unblocked]
