"""How long after a fault things went on, from what the clients recorded."""
import bisect
import statistics


def text_id(text):
    """"3:17 …": the client and the number of the command that said it; None of another text."""
    head = (text or "").split(" ", 1)[0].split(":")
    return tuple(map(int, head)) if len(head) == 2 and all(part.isdigit() for part in head) else None


class Times:
    """Per client: moments, with when that which happened in them had first been asked for."""

    def __init__(self, world, lines_of):
        self.first_sent, said = {}, {}
        for number, lines in lines_of.items():
            for line in lines:
                if line["k"] == "send" and line["attempt"] == 1:
                    self.first_sent[number, line["n"]] = line["t"]
                    if line["method"] in ("chat", "groupchat"):
                        said.setdefault(line["conversation"], []).append((line["t"], number))
        self.to_hear, self.heard, self.answered, self.logins = {}, {}, {}, {}
        for client in world["clients"]:
            number = client["number"]
            self.to_hear[number] = sorted(
                t for name, members in world["conversations"].items() if client["user"] in members
                for t, speaker in said.get(name, []) if speaker != number)
            self.heard[number] = [
                (line["t"], self.first_sent.get(text_id(line.get("text")), 0)) for line in lines_of[number]
                if line["k"] == "push" and line["method"] == "message"]
            self.answered[number] = [
                (line["t"], self.first_sent[number, line["n"]]) for line in lines_of[number] if line["k"] == "answer"]
            self.logins[number] = [line["t"] for line in lines_of[number] if line["k"] == "login"]

    def first_new(self, number, mark, end):
        """Seconds until the client was shown something that was first sent after the mark, counted from when there was
        something; None if that was not before the end."""
        there = bisect.bisect_left(self.to_hear[number], mark)
        if there == len(self.to_hear[number]):
            return None
        moments = self.heard[number]
        for t, asked in moments[bisect.bisect_left(moments, (mark, 0)):]:
            if t > end:
                return None
            if asked >= mark:
                return max(0.0, t - self.to_hear[number][there])
        return None

    @staticmethod
    def longest_wait(moments, mark, end):
        """Seconds that an answer took, counted from the mark at the earliest: the longest of what was waiting then and
        of the first command after it; None if nothing was answered before the end."""
        longest = None
        for t, asked in moments[bisect.bisect_left(moments, (mark, 0)):]:
            if t > end:
                break
            longest = max(longest or 0, t - max(mark, asked))
            if asked >= mark:
                break
        return longest

    def after(self, fault):
        """Three lists of seconds, an entry a client: to a new message, to an answer, and, for those who logged in
        meanwhile, from the last login to a new message."""
        mark, end = fault["mark"], fault["end"] + 5
        heard, answered, back = [], [], []
        for number in self.heard:
            heard.append(self.first_new(number, mark, end))
            answered.append(self.longest_wait(self.answered[number], mark, end))
            logins = [t for t in self.logins[number] if fault["inject"] <= t <= fault["end"]]
            if logins:
                back.append(self.first_new(number, max(logins[-1], mark), end))
        return [[value for value in values if value is not None] for values in (heard, answered, back)]


def middle_and_worst(values):
    return (statistics.median(values), max(values)) if values else (None, None)
