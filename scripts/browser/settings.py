"""Checks of the settings: language and appearance, devices, the password, the end of an account."""
import json

from devtools import expect
from speaker import PASSWORD
from steps import ask_to_log_in, log_in, open_chat, said, say

OTHER_PASSWORD = "correct donkey"
ENDED = "This session was ended. Please log in again."
DARK, LIGHT = "rgb(18, 23, 26)", "rgb(244, 241, 234)"


def language_and_appearance_are_chosen_by_hand_and_kept(w):
    page = w.dora
    page.click("Settings")
    page.choose("Appearance", "dark", "dialog")
    has_ground(page, DARK)
    page.choose("Language", "zh", "dialog")
    page.see("聊天", ".tabs")
    page.goto(w.node["a"])
    page.see("聊天", ".tabs")
    has_ground(page, DARK)
    expect(page.run("document.documentElement.lang") == "zh-Hans", "the language is not told")
    page.click("设置")
    page.choose("外观", "system", "dialog")
    has_ground(page, LIGHT)
    page.choose("语言", "auto", "dialog")
    page.see("Chats", ".tabs")


def a_device_is_ended_from_another(w):
    phone = w.phone = w.browser.page("dora's phone")
    phone.goto(w.node["b"])
    log_in(phone, "dora")
    device = phone.run("JSON.parse(localStorage.getItem('parley.device'))")
    w.dora.until("import('/assets/actions.js').then(({ sessions }) => sessions())"
                 f".then(({{ devices }}) => devices.some(one => one.online && one.device === {json.dumps(device)}))", "the phone among the devices")
    w.dora.click("Settings")
    w.dora.click("Your devices", "dialog")
    w.dora.click(f"End the session on {device}", "dialog")
    phone.see(ENDED)
    w.dora.until_gone(device, "dialog")
    w.dora.click("Close", "dialog")


def another_password_ends_all_other_sessions(w):
    log_in(w.phone, "dora")
    w.dora.click("Settings")
    w.dora.click("Change password", "dialog")
    w.dora.fill("Present password", PASSWORD, "dialog")
    w.dora.fill("New password", OTHER_PASSWORD, "dialog")
    w.dora.click("Change password", ".section form")
    w.dora.see("The password is changed. All other sessions have ended.", ".toast")
    w.dora.click("Close", "dialog")
    w.phone.see(ENDED)
    ask_to_log_in(w.phone, "dora", PASSWORD)
    w.phone.see("Name or password is wrong.", "form")
    w.phone.run("for (const one of document.querySelectorAll('form input')) one.value = ''")
    log_in(w.phone, "dora", OTHER_PASSWORD)


def a_deleted_account_leaves_its_messages_without_a_name(w):
    open_chat(w.dora, "emil")
    say(w.dora, "farewell")
    open_chat(w.emil, "dora")
    said(w.emil, "farewell")
    w.dora.click("Settings")
    w.dora.click("Delete account", "dialog")
    w.dora.fill("Password, to confirm", OTHER_PASSWORD, "dialog")
    w.dora.click("Delete account", ".section form")
    w.dora.click("Delete account", ".dialog-ask")
    w.dora.see("New here? Create an account")
    w.phone.see(ENDED)
    ask_to_log_in(w.phone, "dora", OTHER_PASSWORD)
    w.phone.see("Name or password is wrong.", "form")
    w.emil.until("import('/assets/actions.js').then(({ findUsers }) => findUsers('dora')).then(found => found.length === 0)", "nobody of that name")
    w.emil.goto(w.node["b"])
    open_chat(w.emil, "Deleted account")
    said(w.emil, "farewell")


def has_ground(page, colour):
    page.until(f"getComputedStyle(document.body).backgroundColor === {json.dumps(colour)}", f"the ground in {colour}")


CHECKS = [language_and_appearance_are_chosen_by_hand_and_kept, a_device_is_ended_from_another,
          another_password_ends_all_other_sessions, a_deleted_account_leaves_its_messages_without_a_name]
