"""What a client says: commands in their order, each with a key, a few in flight, said again until they are answered."""
import asyncio
import collections
import time

from . import limits
from .recovery import text_id
from .wire import Gone, Refused

# Refusals that end a command: what was decided about it is final, and expected for what others may do meanwhile.
FINAL = {"no_such_message"}


class Command:
    def __init__(self, number, method, params, conversation, text):
        self.number, self.method, self.params = number, method, params
        self.conversation, self.text = conversation, text
        self.attempts, self.future, self.is_refused = 0, None, False

    @property
    def target(self):
        """The seq of the message that it is about, if it is about one."""
        return self.params.get("seq")


class Speech:
    def __init__(self, client, world, random):
        self.client, self.world, self.random = client, world, random
        self.conversations = world.conversations_of(client.user)
        self.pending = collections.deque()  # not answered yet, in the order in which they are to take effect
        self.said = 0
        self.own, self.others = collections.deque(maxlen=20), collections.deque(maxlen=20)
        self.is_silent = True
        # When that was first said which is the newest of what was heard; and when what was said after the mark was.
        self.newest_heard, self.mark, self.heard_new_at = 0.0, 0.0, None
        self.retry_at = 0.0
        self.woken = asyncio.Event()

    # What to say

    def choose(self):
        self.said += 1
        chance = self.random.random()
        if chance < 0.08 and self.own:
            return self.about("edit", self.random.choice(self.own), text=f"{self.client.number}:{self.said} edited")
        if chance < 0.11 and self.own:
            place = self.own.popleft()
            return self.about("recall", place)
        if chance < 0.22 and self.others:
            return self.about("react", self.random.choice(self.others), emoji=self.random.choice("👍❤😂"),
                              remove=self.random.random() < 0.3)
        conversation = self.random.choice(self.conversations)
        text = f"{self.client.number}:{self.said} " + "é" * self.random.randrange(200)
        where = {"group": conversation.group} if conversation.group else \
            {"to": conversation.other(self.client.user)}
        method = "groupchat" if conversation.group else "chat"
        return self.command(method, {**where, "text": text}, conversation.name, text)

    def about(self, method, place, **more):
        conversation, seq = place
        params = {"conversation": conversation, "seq": seq, **more}
        return self.command(method, params, conversation, more.get("text"))

    def command(self, method, params, conversation, text):
        params["key"] = f"{self.client.number}-{self.said}"
        return Command(self.said, method, params, conversation, text)

    def heard(self, method, params):
        if method == "message" and not params.get("recalled"):
            self.others.append((params["conversation"], params["seq"]))
        if method == "message":
            self.newest_heard = max(self.newest_heard, self.world.first_said.get(text_id(params["text"]), 0))
            self.look_at_mark()

    def set_mark(self, mark):
        """From when on what is said counts as new."""
        self.mark, self.heard_new_at = mark, None
        self.look_at_mark()

    def look_at_mark(self):
        if self.heard_new_at is None and self.newest_heard >= self.mark:
            self.heard_new_at = time.monotonic()

    # Saying it

    async def speak(self, connection):
        """On a new connection all that has no answer is said again, in its order; then what is new. Ends by Gone."""
        self.begin_again()
        self.retry_at = 0.0
        next_one = time.monotonic() + self.random.random() * limits.SAY_SECONDS
        while True:
            now = time.monotonic()
            if now >= next_one and not self.is_silent and len(self.pending) < limits.WINDOW:
                self.pending.append(self.choose())
                next_one = now + self.random.expovariate(1 / limits.SAY_SECONDS)
            if now >= self.retry_at:
                self.send_waiting(connection)
            self.settle()
            await self.look_sometimes(connection)
            self.watch(connection)
            await self.pause(min(0.25, max(next_one - now, 0.01)))

    async def pause(self, seconds):
        self.woken.clear()
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except asyncio.TimeoutError:
            pass

    def send_waiting(self, connection):
        # A 503 refuses what was received before it was sent: nothing new goes out until all of that is answered.
        if any(command.is_refused for command in self.pending):
            return
        for command in self.pending:
            if command.future is None:
                command.attempts += 1
                self.world.first_said.setdefault((self.client.number, command.number), time.monotonic())
                self.client.record.add(
                    "send", n=command.number, method=command.method, conversation=command.conversation,
                    text=command.text, target=command.target, attempt=command.attempts)
                command.future = connection.request(command.method, command.params)
                command.future.add_done_callback(lambda _: self.woken.set())

    def settle(self):
        """Takes the answers that have come."""
        for command in list(self.pending):
            if command.future is None or command.is_refused or not command.future.done():
                continue
            try:
                self.answered(command, command.future.result())
                self.pending.remove(command)
            except Refused as refusal:
                command.is_refused = self.is_again(command, refusal)
                if not command.is_refused:
                    self.pending.remove(command)
        if all(command.is_refused or command.future is None for command in self.pending):
            self.begin_again()

    def begin_again(self):
        for command in self.pending:
            command.future, command.is_refused = None, False

    def is_again(self, command, refusal):
        self.client.record.add("refusal", n=command.number, code=refusal.code, reason=refusal.reason)
        if refusal.code in (429, 503):
            wait = refusal.retry_after * (1 + self.random.random() / 2)
            self.retry_at = max(self.retry_at, time.monotonic() + wait)
            return True
        if refusal.reason not in FINAL:
            self.client.record.add("trouble", what=f"{command.method} refused: {refusal} {refusal.data}")
        return False

    def answered(self, command, result):
        self.client.record.add("answer", n=command.number, position=result["position"], seq=result.get("seq"),
                               duplicate=result.get("duplicate", False))
        if command.method in ("chat", "groupchat"):
            self.own.append((command.conversation, result["seq"]))
            self.to_look = (command.conversation, result["seq"])

    # Looking

    to_look = None

    async def look_sometimes(self, connection):
        """The session that was answered must find what it said in every query after it."""
        place, self.to_look = self.to_look, None
        if place is None or self.random.random() > 0.1:
            return
        conversation, seq = place
        try:
            page = await asyncio.wait_for(
                connection.call("history", conversation=conversation, after=seq - 1, limit=1), limits.ANSWER_SECONDS)
        except asyncio.TimeoutError:
            return self.watch(connection)
        except Refused as refusal:
            if refusal.code != 503:
                self.client.record.add("trouble", what=f"history refused: {refusal}")
            return
        found = [message["seq"] for message in page["messages"]]
        self.client.record.add("looked", conversation=conversation, wanted=seq, found=found)

    def watch(self, connection):
        if connection.oldest_wait() > limits.ANSWER_SECONDS:
            self.client.record.add("unanswered", seconds=round(connection.oldest_wait()))
            raise Gone(f"no answer for {limits.ANSWER_SECONDS} s")
