"""What the benchmarks' reports share: reading what was measured, medians, tables. Nothing but Python's own library."""
import collections
import json
import re
import statistics


def load(folder):
    """The runs of each measurement, by its name, rates in rising order and the maximum last."""
    measured = {}
    for path in folder.glob("*.jsonl"):
        measured[path.stem] = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]

    def order(name):
        mode, rate = name.rsplit("-", 1)
        return mode, int(rate) if rate.isdigit() else float("inf")

    return {name: measured[name] for name in sorted(measured, key=order)}


def median(runs, *path):
    values = []
    for run in runs:
        for step in path:
            run = run.get(step, 0)
        values.append(run)
    return statistics.median(values)


def figure(value):
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(heading, rows):
    lines = ["| " + " | ".join(heading) + " |", "| --- |" + " ---: |" * (len(heading) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def faults(measured):
    total = collections.Counter()
    refused = messages = runs_count = 0
    for runs in measured.values():
        for run in runs:
            total.update(run["faults"])
            refused += run["refused"]
            messages += run["sent"]
            runs_count += 1
    found = ", ".join(f"{name} {count}" for name, count in total.items() if count)
    what = f"FAULTS: {found}" if found else "nothing lost, repeated, out of order, misdelivered or unanswered"
    return f"In all {runs_count} runs together, {messages:,} messages: {what}; {refused:,} refused."


def machine(folder):
    facts = dict(line.split("=", 1) for line in (folder / "machine.txt").read_text().splitlines())
    return (f"{facts['cores']} cores of {facts['model']}, {facts['memory']}, {facts['kernel']}; {facts['postgres']}, "
            f"Redis {facts['redis']}; {flush(folder)}. Commit {facts['commit']}, {facts['date']}.")


def flush(folder):
    path = folder / "flush.txt"
    found = re.search(r"fdatasync\s+[\d.]+ ops/sec\s+(\d+) usecs/op", path.read_text()) if path.exists() else None
    return f"one 8 kB write with fdatasync takes {found.group(1)} µs (pg_test_fsync)" if found else "flush not measured"


def replace(page, begin, end, section):
    """Puts a section, marks included, in place of the one between the marks of a page."""
    before, rest = page.read_text().split(begin, 1)
    page.write_text(before + section + rest.split(end, 1)[1])
