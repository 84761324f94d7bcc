"""What happened, in files of JSON lines: one of each client, so that a failure can be studied, and the checker's input.

Every line has "t" (seconds, one clock for all) and "k", the kind:
  open, closed        a connection; why it ended
  login               what was asked: "since" and "epoch" of a client that names them
  session             it is logged in: "position" of the login, "epoch", "reset" (or null)
  push                a part of the feed: "method", "position", "conversation", "seq", "text"
  caughtup            "position"
  send                a command on its way: "n", "method", "conversation", "text", "target", "attempt"
  answer              "n", "position", "seq", "duplicate"
  refusal             "n", "code", "reason"
  unanswered          a command that had no answer on a connection that lived
  acking, acked       an acknowledgement on its way, and answered: "position"
  goaway              "reason"
  looked              a history read right after an answer: "conversation", "wanted" and "last" seq
  trouble             what a client did not expect
"""
import json
import os
import time


class Record:
    """One file of lines."""

    def __init__(self, folder, name):
        self.file = open(os.path.join(folder, f"{name}.jsonl"), "a", buffering=1)

    def add(self, kind, **values):
        self.file.write(json.dumps({"t": round(time.monotonic(), 4), "k": kind, **values}, ensure_ascii=False) + "\n")

    def close(self):
        self.file.close()


def read(folder, name):
    """The lines of a file, in their order."""
    with open(os.path.join(folder, f"{name}.jsonl")) as file:
        return [json.loads(line) for line in file]


def write_json(folder, name, value):
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")


def read_json(folder, name):
    with open(os.path.join(folder, name)) as file:
        return json.load(file)
