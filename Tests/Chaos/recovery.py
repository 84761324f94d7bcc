"""How long after a fault things went on, from what the clients recorded."""
import bisect
import statistics


def text_id(text):
    """"3:17 …": the client and the number of the command that said it; None of another text."""
    head = (text or "").split(" ", 1)[0].split(":")
    return tuple(map(int, head)) if len(head) == 2 and all(part.isdigit() for part in head) else None


class Times:
    """Per client: moments, with when that which happened in them had first been asked for."""

    def __init__(self, lines_of):
        self.first_sent = {}
        for number, lines in lines_of.items():
            for line in lines:
                if line["k"] == "send" and line["attempt"] == 1:
                    self.first_sent[number, line["n"]] = line["t"]
        self.heard, self.answered, self.logins = {}, {}, {}
        for number, lines in lines_of.items():
            self.heard[number] = [
                (line["t"], self.first_sent.get(text_id(line.get("text")), 0)) for line in lines
                if line["k"] == "push" and line["method"] == "message"]
            self.answered[number] = [
                (line["t"], self.first_sent[number, line["n"]]) for line in lines if line["k"] == "answer"]
            self.logins[number] = [line["t"] for line in lines if line["k"] == "login"]

    @staticmethod
    def first_new(moments, mark, end):
        """Seconds from the mark to the first moment of something that was asked for after it; None before the end."""
        start = bisect.bisect_left(moments, (mark, 0))
        for t, asked in moments[start:]:
            if t > end:
                return None
            if asked >= mark:
                return t - mark
        return None

    def after(self, fault):
        """Three lists of seconds, an entry a client: to a new message, to an answer to something new, and, for those
        who logged in meanwhile, from the last login to a new message."""
        mark, end = fault["mark"], fault["end"] + 5
        heard, answered, back = [], [], []
        for number in self.heard:
            heard.append(self.first_new(self.heard[number], mark, end))
            answered.append(self.first_new(self.answered[number], mark, end))
            logins = [t for t in self.logins[number] if fault["inject"] <= t <= fault["end"]]
            if logins:
                back.append(self.first_new(self.heard[number], max(logins[-1], mark), end))
        return [[value for value in values if value is not None] for values in (heard, answered, back)]


def middle_and_worst(values):
    return (statistics.median(values), max(values)) if values else (None, None)
