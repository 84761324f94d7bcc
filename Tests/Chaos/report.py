"""The table of a run: as text, as JSON, and as the page docs/chaos.md."""
import os
import platform
import subprocess
import time

from . import limits
from .checker import KINDS
from .recovery import Times, middle_and_worst

COUNTED = ("lost", "doubled", "reordered", "gap")
HEADINGS = ["fault", "injected", *COUNTED, "other", "new message", "answer", "after login", "measured from"]


def add(rows, world, faults, findings, lines_of):
    """Adds a run to the rows, of which each kind of fault has one; what was found belongs to the fault before it."""
    times = Times(world, lines_of)
    for fault in faults:
        row = rows.setdefault(fault["kind"], {
            "fault": fault["kind"], "injected": 0, **dict.fromkeys((*KINDS, "stuck"), 0),
            "seconds": {"new message": [], "answer": [], "after login": []},
            "measured from": fault["measured_from"]})
        row["injected"] += 1
        row["stuck"] += bool(fault["trouble"])
        for values, more in zip(row["seconds"].values(), times.after(fault)):
            values += more
    for finding in findings:
        before = [fault for fault in faults if fault["inject"] <= finding["t"]]
        kind = before[-1]["kind"] if before else None
        finding["fault"] = before[-1]["number"] if before else None
        if kind:
            rows[kind][finding["kind"]] += 1


def finish(rows):
    """The rows in the order of their names, each with the median and the worst of its times."""
    for row in rows.values():
        row["seconds"] = {name: [value and round(value, 2) for value in middle_and_worst(values)]
                          for name, values in row["seconds"].items()}
    return [rows[kind] for kind in sorted(rows)]


def cells(row):
    def pair(values):
        return "–" if values[0] is None else f"{values[0]:.2f} / {values[1]:.2f}"
    other = sum(row[kind] for kind in (*KINDS, "stuck") if kind not in COUNTED)
    return [row["fault"], str(row["injected"]), *(str(row[kind]) for kind in COUNTED), str(other),
            *(pair(row["seconds"][name]) for name in ("new message", "answer", "after login")),
            row["measured from"]]


def total(rows):
    numbers = [str(sum(int(cells(row)[column]) for row in rows)) for column in range(1, 7)]
    return ["all", *numbers, "", "", "", ""]


def text(rows):
    table = [HEADINGS, *(cells(row) for row in rows), total(rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in table)


def markdown(rows):
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + " --- |" * len(HEADINGS)]
    table = [*(cells(row) for row in rows), total(rows)]
    return "\n".join(lines + ["| " + " | ".join(line) + " |" for line in table])


def machine():
    with open("/proc/cpuinfo") as information:
        models = [line.split(":", 1)[1].strip() for line in information if line.startswith("model name")]
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{os.cpu_count()} × {models[0] if models else platform.machine()}, Linux {kernel}"


def today():
    return time.strftime("%Y-%m-%d", time.gmtime())


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()
