"""The checker is fed made-up records, each with one fault in it, and must name it; and none where there is none."""
import copy
import unittest

from . import checker, recovery

WORLD = {"clients": [{"number": 0, "user": 1, "device": "d"}, {"number": 1, "user": 2, "device": "d"}],
         "conversations": {"direct:1:2": [1, 2]}}


def login(t, position, since=None):
    return [{"t": t, "k": "login", "since": since, "epoch": None},
            {"t": t, "k": "session", "session": "s", "position": position, "epoch": "e", "reset": None}]


def say(t, n, position, seq):
    return [{"t": t, "k": "send", "n": n, "method": "chat", "conversation": "direct:1:2", "text": f"0:{n} x",
             "target": None, "attempt": 1},
            {"t": t + 0.1, "k": "answer", "n": n, "position": position, "seq": seq, "duplicate": False}]


def hear(t, n, position, seq):
    return {"t": t, "k": "push", "method": "message", "position": position, "conversation": "direct:1:2", "seq": seq,
            "text": f"0:{n} x"}


def message(n, position, seq):
    return {"position": position, "conversation": "direct:1:2", "seq": seq, "text": f"0:{n} x", "from": {"id": 1}}


def story():
    """Client 0 says four things. Client 1 hears two, comes again, and hears the other two."""
    speaker = [*login(0, 10), {"t": 0, "k": "caughtup", "position": 10}]
    for n in (1, 2, 3, 4):
        speaker += say(n, n, 11 + n, n)
    listener = [
        *login(0, 11), {"t": 0, "k": "caughtup", "position": 11}, hear(1, 1, 12, 1), hear(2, 2, 13, 2),
        {"t": 2.1, "k": "acking", "position": 13}, {"t": 2.2, "k": "acked", "position": 13}, {"t": 2.3, "k": "closed"},
        *login(3.5, 15), hear(3.6, 3, 14, 3), {"t": 3.7, "k": "caughtup", "position": 15},
        hear(4.5, 4, 16, 4)]
    history = [message(1, 12, 1), message(2, 13, 2), message(3, 14, 3), message(4, 16, 4)]
    speaker[-1]["position"] = 16
    return {0: speaker, 1: listener}, {"direct:1:2": history}


class CheckerTests(unittest.TestCase):
    def kinds(self, change):
        lines, history = story()
        change(lines, history["direct:1:2"])
        return {finding["kind"] for finding in checker.check(WORLD, lines, history)}

    def pushes(self, lines):
        return [index for index, line in enumerate(lines[1]) if line["k"] == "push"]

    def test_a_story_without_fault_has_no_findings(self):
        self.assertEqual(self.kinds(lambda lines, history: None), set())

    def test_an_answered_message_that_is_not_in_the_history_is_lost(self):
        self.assertIn("lost", self.kinds(lambda lines, history: history.pop()))

    def test_a_message_that_its_recipient_was_never_shown_is_lost(self):
        self.assertEqual(self.kinds(lambda lines, history: lines[1].pop()), {"lost"})

    def test_a_message_that_was_shown_twice_in_a_session_is_doubled(self):
        self.assertEqual(self.kinds(lambda lines, history: lines[1].append(copy.copy(lines[1][-1]))), {"doubled"})

    def test_what_was_acknowledged_and_comes_again_is_doubled(self):
        def change(lines, history):
            lines[1].insert(self.pushes(lines)[2], hear(3.55, 2, 13, 2))
        self.assertEqual(self.kinds(change), {"doubled"})

    def test_what_was_not_acknowledged_may_come_again(self):
        def change(lines, history):
            lines[1] = [line for line in lines[1] if line["k"] not in ("acking", "acked")]
            lines[1].insert(self.pushes(lines)[2], hear(3.55, 1, 12, 1))
            lines[1].insert(self.pushes(lines)[3], hear(3.56, 2, 13, 2))
        self.assertEqual(self.kinds(change), set())

    def test_a_command_that_stands_in_the_history_twice_is_doubled(self):
        def change(lines, history):
            history.append(message(4, 17, 5))
            lines[1].append(hear(4.6, 4, 17, 5))
            lines[0].append(hear(4.6, 4, 17, 5))
        self.assertEqual(self.kinds(change), {"doubled"})

    def test_two_results_of_one_command_are_doubled(self):
        self.assertIn("doubled", self.kinds(lambda lines, history: lines[0].append(
            {"t": 5, "k": "answer", "n": 4, "position": 18, "seq": 6, "duplicate": True})))

    def test_two_messages_that_change_places_are_reordered(self):
        def change(lines, history):
            first, second = self.pushes(lines)[:2]
            lines[1][first], lines[1][second] = lines[1][second], lines[1][first]
        self.assertEqual(self.kinds(change), {"reordered"})

    def test_a_history_that_swaps_what_one_client_said_is_reordered(self):
        lines, history = story()
        speaker = [line for line in lines[0] if line["k"] == "send"]
        speaker[0]["n"], speaker[1]["n"] = 2, 1
        for line in lines[0]:
            if line["k"] == "answer" and line["n"] in (1, 2):
                line["n"] = 3 - line["n"]
        for one in history["direct:1:2"][:2]:
            number = 3 - int(one["text"][2])
            one["text"] = f"0:{number} x"
        for line in speaker[:2]:
            line["text"] = f"0:{line['n']} x"
        kinds = {finding["kind"] for finding in checker.check(WORLD, lines, history)}
        self.assertEqual(kinds, {"reordered"})

    def test_what_a_session_passed_over_is_a_gap(self):
        self.assertIn("gap", self.kinds(lambda lines, history: lines[1].pop(self.pushes(lines)[0])))

    def test_what_a_new_session_passes_over_is_a_gap(self):
        self.assertIn("gap", self.kinds(lambda lines, history: lines[1].pop(self.pushes(lines)[2])))

    def test_a_live_message_before_the_backlogs_end_is_a_gap(self):
        def change(lines, history):
            caught_up = max(index for index, line in enumerate(lines[1]) if line["k"] == "caughtup")
            lines[1].append(lines[1].pop(caught_up))
        self.assertEqual(self.kinds(change), {"gap"})

    def test_another_text_than_was_answered_is_lost(self):
        self.assertEqual(self.kinds(lambda lines, history: history[0].update(text="0:1 y")), {"lost"})

    def test_a_query_that_does_not_know_what_was_answered_is_stale(self):
        self.assertEqual(self.kinds(lambda lines, history: lines[0].append(
            {"t": 5, "k": "looked", "conversation": "direct:1:2", "wanted": 4, "found": []})), {"stale"})


class RecoveryTests(unittest.TestCase):
    def test_only_what_was_said_after_the_fault_counts_as_new(self):
        lines, _ = story()
        times = recovery.Times(WORLD, lines)
        fault = {"inject": 2.5, "mark": 2.5, "heal": 3, "end": 9}
        heard, answered, back = times.after(fault)
        self.assertEqual([round(value, 1) for value in heard], [0.6])
        self.assertEqual([round(value, 1) for value in answered], [0.1])
        self.assertEqual([round(value, 1) for value in back], [0.5])


if __name__ == "__main__":
    unittest.main()
