"""What a person does with the web client, step by step."""
import json

PASSWORD = "correct horse"
COMPOSER = ".composer textarea"


def register(page, address, name):
    page.goto(address)
    page.click("New here? Create an account")
    page.fill("Name", name)
    page.fill("Password", PASSWORD)
    page.click("Create account")
    page.see(name, ".me-name")


def log_in(page, name, password=PASSWORD):
    ask_to_log_in(page, name, password)
    page.see(name, ".me-name")


def ask_to_log_in(page, name, password):
    page.fill("Name", name)
    page.fill("Password", password)
    page.click("Log in", "form")


def tab(page, name):
    page.until(f"(named => named && (named.click(), true))(all('[role=tab]').find(one => one.innerText.trim().startsWith({json.dumps(name)})))", f"the tab {name}")


def ask_for_friendship(page, name):
    tab(page, "People")
    page.fill("Find people by name", name)
    page.click(f"Add {name} as a friend")
    page.see("asked", ".panel")


def accept_friendship(page, name):
    tab(page, "People")
    page.click(f"Accept the request of {name}")
    page.click(f"Write to {name}")
    page.see(name, ".chat-title")


def make_group(page, name, description, visibility="open"):
    tab(page, "Groups")
    page.click("New group")
    page.fill("Name", name, "dialog")
    page.fill("Description", description, "dialog")
    page.choose("Who may join", visibility, "dialog")
    page.click("Create group")
    page.see(name, ".chat-title")


def invite(page, name):
    """In a group's window."""
    page.fill("Invite somebody by name", name, "dialog")
    page.click("Invite", "dialog")
    page.see(f"{name} is invited", ".toast")


def open_chat(page, title, chats="Chats"):
    tab(page, chats)
    page.until(f"(row => row && (row.click(), true))(all('.chat-row').find(one => one.querySelector('.chat-row-title').innerText === {json.dumps(title)}))", f"{title} in the list")
    page.see(title, ".chat-title")


def say(page, text):
    page.until(f"focusOn(all({json.dumps(COMPOSER)})[0])", "where one writes")
    page.type(text)
    page.press("Enter")


def said(page, text):
    """Said, and on disk: it is no longer shown as on its way."""
    page.until(f"all('.message:not(.pending) .text').some(one => one.innerText === {json.dumps(text)})", f"the message {text!r}")


def point_at(page, text):
    """The pointer goes to a message, whose actions appear."""
    place = page.until(f"placeOf(all('.message .text').findLast(one => one.innerText === {json.dumps(text)}))", f"the message {text!r}")
    page.move_to(*place)
    page.until("all('.tools').length > 0", "the actions of a message")


def act(page, text, action):
    point_at(page, text)
    page.click(action, ".tools")
