"""Checks of groups: finding them, their settings, who is in them and who leads them."""
from steps import invite, make_group, tab

GROUP = "Night owls"


def an_open_group_is_found_and_joined(w):
    make_group(w.dora, GROUP, "Whoever is awake")
    w.emil.until("import('/assets/actions.js').then(({ findGroups }) => findGroups('night')).then(found => found.length > 0)", "the group to be found")
    look_for_the_group(w.emil)
    w.emil.click(f"Join {GROUP}")
    w.emil.see("2 members", ".chat-title")
    w.dora.see(f"emil joined {GROUP}", ".toast")


def a_group_gets_other_settings(w):
    w.dora.click("About this group")
    w.dora.click(GROUP, "dialog")
    w.dora.until("(field => field && (field.select(), true))(named('Description', 'dialog'))", "the description")
    w.dora.fill("Description", "Until two at least", "dialog")
    w.dora.click("Save", "dialog")
    for page in (w.dora, w.emil):
        page.see("Until two at least", ".chat-title")
    w.dora.click("Close", "dialog")


def who_was_removed_from_a_group_needs_an_invitation(w):
    dora, emil = w.dora, w.emil
    dora.click("About this group")
    dora.click("Remove emil from the group", "dialog")
    dora.click("Remove", ".dialog-ask")
    emil.see(f"You are no longer in {GROUP}.", ".toast")
    emil.see("Choose a conversation", ".main")
    look_for_the_group(emil)
    emil.click(f"Join {GROUP}")
    emil.see("That is not allowed.", ".toast")
    invite(dora, "emil")
    emil.see(f"dora invited you to {GROUP}", ".toast")
    emil.hear("Groups", "1 invitation")
    emil.click(f"Join {GROUP}")
    emil.see("2 members", ".chat-title")
    dora.click("Close", "dialog")


def an_invitation_is_declined_and_a_group_deleted(w):
    dora, emil = w.dora, w.emil
    make_group(dora, "Early birds", "Never mind", "invite")
    dora.click("About this group")
    invite(dora, "emil")
    tab(emil, "Groups")
    emil.click("Decline the invitation to Early birds")
    emil.until("!all('.panel').some(one => one.innerText.includes('Early birds'))", "the invitation to be gone")
    dora.click("Delete group", "dialog")
    dora.click("Delete group", ".dialog-ask")
    dora.see("Choose a conversation", ".main")
    dora.until("!all('.panel').some(one => one.innerText.includes('Early birds'))", "the group to be gone")


def an_owner_leaves_once_somebody_else_is_the_owner(w):
    dora, emil = w.dora, w.emil
    tab(dora, "Groups")
    dora.click(f"Open {GROUP}")
    dora.click("About this group")
    leave(dora)
    dora.see("Make somebody else the owner first.", ".toast")
    dora.choose("Role of emil", "owner", "dialog")
    dora.click("Yes", ".dialog-ask")
    is_member(dora, "dora (you)", "admin")
    emil.click("About this group")
    is_member(emil, "emil (you)", "owner")
    leave(dora)
    dora.see("Choose a conversation", ".main")
    emil.see(f"dora left {GROUP}", ".toast")
    emil.click("Close", "dialog")
    emil.see("1 member", ".chat-title")


def look_for_the_group(page):
    tab(page, "Groups")
    page.fill("Find open groups by name", "night")


def leave(page):
    page.click("Leave group", "dialog")
    page.click("Leave group", ".dialog-ask")


def is_member(page, name, role):
    page.until(f"all('dialog .person').some(one => one.innerText.includes('{name}') && one.innerText.includes('{role}'))", f"{name} as {role}")


CHECKS = [an_open_group_is_found_and_joined, a_group_gets_other_settings, who_was_removed_from_a_group_needs_an_invitation,
          an_invitation_is_declined_and_a_group_deleted, an_owner_leaves_once_somebody_else_is_the_owner]
