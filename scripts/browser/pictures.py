"""The screenshots of the documentation, of a conversation among people who are made up; and what a failure looked like."""
import json
import os
import time

from devtools import PATIENCE, PAUSE, CheckFailed
from speaker import Speaker
from steps import open_chat, register, said

ACTIONS = "import('/assets/actions.js')"
STORE = "import('/assets/store.js').then(({ store }) => store)"


def of_failure(world):
    """What every page showed when a check failed, for whoever looks into it."""
    folder = os.environ.get("PARLEY_FAILURES", "")
    for page in world.browser.pages.values():
        if folder:
            page.picture(os.path.join(folder, f"failure-{page.name.replace(' ', '-')}.png"))
        for complaint in page.complaints:
            print(f"        {page.name}: {complaint}")


def make(world, folder):
    os.makedirs(folder, exist_ok=True)
    page = world.browser.page("mira", width=1180, height=740)
    page.prefer(prefers_reduced_motion="reduce", prefers_color_scheme="light")
    register(page, world.node["b"], "mira")
    people = {name: Speaker(world.entry, name) for name in ("jonas", "aylin", "小林", "tom")}
    for speaker in people.values():
        speaker.call("addfriend", user="mira")
    page.until("all('.tab-count').some(one => one.innerText === '4')", "four requests")
    page.run(f"Promise.all([{ACTIONS}, {STORE}]).then(([actions, store]) => Promise.all([...store.requests.values()].map(actions.acceptFriend)))")
    plan_a_hike(page, people)
    page.run("document.querySelectorAll('.toast').forEach((one) => one.remove())")

    open_chat(page, "Sunday hikers")
    said(page, "Platform 3, five past. Don't forget the thermos.")
    take(page, people, os.path.join(folder, "web-wide.png"))
    page.prefer(prefers_reduced_motion="reduce", prefers_color_scheme="dark")
    open_chat(page, "aylin")
    page.see("Sunday without the thermos", ".log")
    take(page, people, os.path.join(folder, "web-dark.png"))
    page.prefer(prefers_reduced_motion="reduce", prefers_color_scheme="light")
    open_chat(page, "Sunday hikers")
    page.resize(390, 760, mobile=True)
    take(page, people, os.path.join(folder, "web-narrow.png"))
    for speaker in people.values():
        speaker.close()
    page.close()


def plan_a_hike(page, people):
    jonas, aylin, kobayashi, tom = people.values()
    group = jonas.call("creategroup", name="Sunday hikers", description="Trails, trains and a thermos")["group"]["id"]
    readers = tom.call("creategroup", name="Book club", description="One novel a month")["group"]["id"]
    for speaker in (aylin, kobayashi, tom):
        speaker.call("joingroup", group=group)
    page.run(f"{ACTIONS}.then((actions) => Promise.all([actions.enterGroup({group}), actions.enterGroup({readers})]))")
    tom.call("groupchat", group=readers, text="Chapter nine by Friday?")
    kobayashi.call("chat", to="mira", text="周日见！我带点心。")
    talk = [(jonas, "Morning! On Sunday the trains to the lake run every hour 🚂", None),
            (aylin, "The 8:12 gets us to the trailhead before everybody else.", None),
            (kobayashi, "我可以带茶和点心 🍵", None),
            (None, "Then I bring the map. Last time we were lost twice.", None),
            (tom, "Only once! The second time was a shortcut.", 4),
            (jonas, "8:12 it is. Where do we meet?", 2)]
    for speaker, text, answered in talk:
        answer = {"replyTo": answered} if answered else {}
        say_in(page, f"group:{group}", speaker and (lambda: speaker.call("groupchat", group=group, text=text, **answer)), text)
    for speaker, seq, emoji in [(jonas, 2, "👍"), (tom, 2, "👍"), (kobayashi, 2, "👍"), (aylin, 3, "❤️"), (jonas, 5, "🎉"), (aylin, 5, "🎉")]:
        speaker.call("react", conversation=f"group:{group}", seq=seq, emoji=emoji)
    page.run(f"{ACTIONS}.then((actions) => actions.react({{ conversation: 'group:{group}', seq: 3 }}, '❤️', false))")
    say_in(page, f"group:{group}", None, "Platform 3, five past. Don't forget the thermos.")
    talk_about_the_weather(page, aylin)
    tom.call("chat", to="mira", text="Can I borrow your poles?")


def talk_about_the_weather(page, aylin):
    conversation = page.run(f"{STORE}.then((store) => store.directId({aylin.id}))")
    for speaker, text in [(aylin, "Did you see the forecast? Sun all morning ☀️"), (None, "Just now. Summit before lunch?"),
                          (aylin, "Yes! The rain only starts at four, so there is time for the lake as well."),
                          (aylin, "How cold is it in May?"), (None, "Cold enough to be quick about it. I pack two towels."),
                          (aylin, "And the thermos?"), (None, "Sunday without the thermos would be a Monday."), (aylin, "🎒")]:
        say_in(page, conversation, speaker and (lambda: speaker.call("chat", to="mira", text=text)), text)


def say_in(page, conversation, speak, text):
    """Said by somebody else, or by mira; once her page has it the next may speak, so that everything comes in its order."""
    if speak:
        speak()
    else:
        page.run(f"{ACTIONS}.then((actions) => actions.send({json.dumps(conversation)}, {json.dumps(text)}))")
    deadline = time.monotonic() + PATIENCE
    while page.run(f"{STORE}.then((store) => store.conversation({json.dumps(conversation)}).last?.text)") != text:
        if time.monotonic() > deadline:
            raise CheckFailed(f"mira waited in vain for {text!r}")
        time.sleep(PAUSE)


def take(page, people, path):
    """While somebody is typing, and without a cursor that blinks."""
    page.move_to(1, 1)
    page.run("document.activeElement.blur()")
    page.run("document.querySelector('.messages').scrollTop = 1e6")
    conversation = page.run(f"{STORE}.then((store) => store.open)")
    if conversation.startswith("group:"):
        people["jonas"].call("typing", conversation=conversation)
        page.see("jonas is typing", ".typing")
    page.picture(path)
