"""docs/chaos.md: the table of a run, with what it was made on."""
from . import report

HEAD = """# Chaos

Made by `make chaos`; what it does is in [testing](testing.md#chaos). Last written on {date}: commit {commit}, seed {seed}, {clients} clients, {faults} injections in {minutes} minutes, {commands} answered commands, {pushes} parts of feeds checked. Machine: {machine}; load {load} on average (other work included).

"""

TAIL = """
- **lost**, **doubled**, **reordered**, **gap**: findings of the checker, as `Tests/Chaos/checker.py` defines them by the [contract](contract.md). **other**: a query that did not show what its session had been answered, a command left without an answer, an error that nothing explains, or a cluster that had not recovered after {recovery} s.
- Times are seconds, median / worst over clients and injections. **new message**: until a client was shown something that was said after the moment named in the last column. **answer**: the longest that a client's command waited for its answer from then on. **after login**: from a client's last login to the first new message, of those who logged in meanwhile.
- **inject**: the cluster gets over it by itself, so time runs from the fault on. **heal**: nothing can be answered until what was gone is there, so time runs from then on. **promotion**: from when the standby was primary.
{trouble}"""


def write(file, result, trouble):
    told = "".join(f"- {line.splitlines()[0]}\n" for line in trouble)
    text = HEAD.format(**result) + report.markdown(result["rows"]) + "\n" + TAIL.format(
        recovery=report.limits.RECOVERY_SECONDS, trouble=f"\nWhat did not go as it should:\n\n{told}" if told else "")
    with open(file, "w") as page:
        page.write(text)
