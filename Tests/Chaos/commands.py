"""What became of each command of a client, gathered from its record."""


class Command:
    def __init__(self, line):
        self.number, self.method = line["n"], line["method"]
        self.conversation, self.text, self.target = line["conversation"], line["text"], line["target"]
        self.sent_at = line["t"]  # the first time
        self.refusals, self.answers = [], []

    def __str__(self):
        return f"{self.method} {self.number} in {self.conversation}"

    @property
    def position(self):
        return self.answers[0]["position"] if self.answers else None

    @property
    def seq(self):
        return self.answers[0]["seq"] if self.answers else None

    @property
    def says(self):
        """Whether it has put a message into its conversation."""
        return self.method in ("chat", "groupchat") and bool(self.answers)

    def was_unavailable(self, after):
        """Whether it had a 503 or 429 when another command, first sent at that time, was already on its way."""
        return any(refusal["code"] in (429, 503) and refusal["t"] > after for refusal in self.refusals)


def read_commands(lines):
    """By number."""
    commands = {}
    for line in lines:
        if line["k"] == "send":
            commands.setdefault(line["n"], Command(line))
        elif line["k"] == "answer":
            commands[line["n"]].answers.append(line)
        elif line["k"] == "refusal":
            commands[line["n"]].refusals.append(line)
    return commands
