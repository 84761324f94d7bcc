"""Compares what every client was promised with what it got: pure, from what was recorded, so it can be tested and run
again. A finding is a dict: "kind" (one of KINDS), "t", "client" (or None), "what".

What the words mean is the contract's (promises 1 to 5 and 7, "Sessions and the feed"):
  lost        answered, and not in the history as answered; or in the history, and never shown to a recipient
  doubled     one command in the history twice, or with two results; a part of the feed twice in one session, or again
              although it was acknowledged
  reordered   a feed whose positions do not rise; a history in another order than one client's commands
  gap         a session that was shown what came later and not what was between; backlog and live feed that do not meet
  stale       a query that did not show what its own session had been answered
  unanswered  no answer, and no end of the connection, within 45 s
  trouble     an error that nothing explains
"""
from .commands import read_commands

KINDS = ("lost", "doubled", "reordered", "gap", "stale", "unanswered", "trouble")


def check(world, lines_of, history):
    """`lines_of`: the recorded lines by the client's number. `history`: messages by conversation."""
    return Checker(world, lines_of, history).check()


class Checker:
    def __init__(self, world, lines_of, history):
        self.world, self.lines_of, self.history = world, lines_of, history
        self.findings = []
        self.commands = {number: read_commands(lines) for number, lines in lines_of.items()}
        self.events = {}  # by position: (conversation, the client that caused it or None, its command's number)
        self.said_at = {}  # by position: (conversation, seq)

    def find(self, kind, t, client, what):
        self.findings.append({"kind": kind, "t": t, "client": client, "what": what})

    def check(self):
        self.check_answers()
        self.check_histories()
        self.check_own_order()
        for client in self.world["clients"]:
            Feed(self, client).check()
        return sorted(self.findings, key=lambda finding: finding["t"])

    # The log

    def check_answers(self):
        for number, commands in self.commands.items():
            for command in commands.values():
                for answer in command.answers[1:]:
                    if (answer["position"], answer["seq"]) != (command.position, command.seq):
                        self.find("doubled", answer["t"], number, f"{command}: {answer} after {command.answers[0]}")
                if command.position is not None:
                    self.events[command.position] = (command.conversation, number, command.number)

    def check_histories(self):
        written = {(command.conversation, command.seq): (number, command)
                   for number, commands in self.commands.items() for command in commands.values() if command.says}
        for conversation, messages in self.history.items():
            before = 0
            for expected, message in enumerate(messages, 1):
                if message["seq"] != expected:
                    self.find("gap", 0, None, f"{conversation}: seq {message['seq']} in place of {expected}")
                    break
                if message["position"] <= before:
                    self.find("reordered", 0, None, f"{conversation}: {expected} stands behind a later one")
                before = message["position"]
                if (conversation, expected) not in written:
                    self.find("doubled", 0, None, f"{conversation}: nobody was answered for {message}")
                self.events.setdefault(message["position"], (conversation, None, None))
                self.said_at[message["position"]] = (conversation, expected)
        for (conversation, seq), (number, command) in written.items():
            self.check_message(number, command, self.message(conversation, seq))

    def message(self, conversation, seq):
        messages = self.history.get(conversation, [])
        return messages[seq - 1] if 0 < seq <= len(messages) else None

    def check_message(self, number, command, message):
        t = command.answers[0]["t"]
        if message is None or message["position"] != command.position:
            return self.find("lost", t, number, f"{command} was answered; the history has {message}")
        text = self.latest_text(command)
        if message["text"] != text:
            self.find("lost", t, number, f"{command}: the history has {message['text']!r} in place of {text!r}")
        return None

    def latest_text(self, command):
        """What the message says at the end, by the answers to the commands about it."""
        if not hasattr(self, "changes"):
            self.changes = {}
            for commands in self.commands.values():
                for change in commands.values():
                    if change.method in ("edit", "recall") and change.position is not None:
                        place = (change.conversation, change.target)
                        self.changes.setdefault(place, []).append((change.position, change.text or ""))
        return max(self.changes.get((command.conversation, command.seq), [(0, command.text)]))[1]

    def check_own_order(self):
        """Of one client's messages, those that were sent first come first."""
        for number, commands in self.commands.items():
            latest = {}
            for command in sorted(commands.values(), key=lambda command: command.number):
                if not command.says:
                    continue
                before = latest.get(command.conversation)
                # Only what was received before a 503 was sent shares its fate: the rest may pass by.
                if before and before.position > command.position and not before.was_unavailable(command.sent_at) \
                        and before.number < command.number:
                    self.find("reordered", command.answers[0]["t"], number, f"{command} stands before {before}")
                if not before or before.position < command.position:
                    latest[command.conversation] = command


class Feed:
    """The sessions of one client, one after the other."""

    def __init__(self, checker, client):
        self.checker, self.number = checker, client["number"]
        conversations = {name for name, members in checker.world["conversations"].items() if client["user"] in members}
        self.expected = sorted(position for position, (conversation, _, _) in checker.events.items()
                               if conversation in conversations)
        self.acking, self.acked = 0, 0  # positions: sent, and answered
        self.covered = set()  # positions that some session was shown, or answered with
        self.session = None
        self.t = 0

    def find(self, kind, what):
        self.checker.find(kind, self.t, self.number, what)

    def check(self):
        for line in self.checker.lines_of[self.number]:
            self.t = line["t"]
            handle = getattr(self, "on_" + line["k"], None)
            if handle:
                handle(line)
        self.on_closed(None)
        for position in self.expected:
            if position not in self.covered:
                self.find("lost", f"{self.checker.events[position]} at {position} was never shown")

    def on_login(self, line):
        self.asked = line

    def on_session(self, line):
        self.on_closed(None)
        since = self.asked["since"]
        self.session = {
            "position": line["position"], "last": 0, "caught_up": False, "shown": set(), "sent": set(),
            # What lies at or below `floor` must not come; what lies above `ceiling` must.
            "floor": self.acked if since is None else since, "ceiling": self.acking if since is None else since}
        if line["reset"] is not None:
            self.find("trouble", f"the server says that what lay above {line['reset']} never happened")

    def on_push(self, line):
        session, position = self.session, line["position"]
        if session is None:
            return self.find("trouble", f"a push without a session: {line}")
        if position in session["shown"]:
            self.find("doubled", f"{line} came twice in one session")
        elif position <= session["last"]:
            self.find("reordered", f"{line} came behind {session['last']}")
        if position <= session["floor"]:
            self.find("doubled", f"{line} came again, although {session['floor']} was acknowledged")
        if (position > session["position"]) != session["caught_up"]:
            self.find("gap", f"{line} on the wrong side of the login's position {session['position']}")
        place = self.checker.said_at.get(position)
        if line["method"] == "message" and place != (line["conversation"], line["seq"]):
            self.find("lost", f"{line} was shown; the history has {place} there")
        session["last"] = max(session["last"], position)
        session["shown"].add(position)
        self.covered.add(position)

    def on_caughtup(self, line):
        if line["position"] != self.session["position"]:
            self.find("gap", f"caught up with {line['position']}, logged in at {self.session['position']}")
        self.session["caught_up"] = True

    def on_send(self, line):
        if self.session:
            self.session["sent"].add(line["n"])

    def on_answer(self, line):
        if line["position"] is not None:
            self.covered.add(line["position"])

    def on_acking(self, line):
        self.acking = max(self.acking, line["position"])

    def on_acked(self, line):
        self.acked = max(self.acked, line["position"])

    def on_looked(self, line):
        if line["found"] != [line["wanted"]]:
            self.find("stale", f"{line['conversation']}: {line['found']} in place of {line['wanted']}")

    def on_unanswered(self, line):
        self.find("unanswered", f"no answer for {line['seconds']} s")

    def on_trouble(self, line):
        self.find("trouble", line["what"])

    def on_closed(self, _):
        """A session has ended: it must have been shown everything up to the last that it was shown."""
        session, self.session = self.session, None
        if session is None:
            return
        for position in self.expected:
            if session["ceiling"] < position < session["last"] and position not in session["shown"] \
                    and not self.is_own(position, session):
                self.find("gap", f"{self.checker.events[position]} at {position} was passed over,"
                          f" in the session at {session['position']}")

    def is_own(self, position, session):
        """What this session's own commands caused it has as their results."""
        _, client, command = self.checker.events[position]
        return client == self.number and command in session["sent"]
