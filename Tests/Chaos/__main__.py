"""The program: see scripts/chaos."""
import argparse
import asyncio
import glob
import os
import random
import shutil
import signal
import sys
import time

from . import checker, limits, page, record, report, schedule
from .client import Client
from .cluster import Cluster
from .director import Director
from .faults import ALL
from .processes import Failure
from .world import World


def arguments():
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeats the schedule of the run that printed it")
    parser.add_argument("--minutes", type=float, default=10, help="for how long faults are injected (default 10)")
    parser.add_argument("--faults", type=int, default=10**6, metavar="N", help="at most so many")
    parser.add_argument("--only", action="append", default=[], metavar="KIND",
                        help="only kinds whose names contain this; may be repeated")
    parser.add_argument("--without", action="append", default=[], metavar="KIND", help="leaves such kinds out")
    parser.add_argument("--clients", type=int, default=30, metavar="M", help="devices that talk (default 30)")
    parser.add_argument("--previous", metavar="DIR",
                        help="programs of an earlier build: nodes take turns at the two in rolling-upgrade")
    parser.add_argument("--page", metavar="FILE", help="writes the table as a page there, too")
    parser.add_argument("--list", action="store_true", help="lists the kinds of faults, and ends")
    parser.add_argument("--check", action="append", default=[], metavar="FOLDER",
                        help="checks the records of an earlier run again, and ends; of several together if repeated")
    return parser.parse_args()


def say(text):
    print(text, flush=True)


class Run:
    def __init__(self, options):
        self.options = options
        self.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
        impossible = [] if options.previous else ["rolling-upgrade"]
        kinds = schedule.kinds_like(options.only, options.without + impossible)
        if not kinds:
            sys.exit("chaos: no such kind of fault; --list shows them")
        self.schedule = schedule.make(self.seed, kinds)
        self.folder = self.make_folder(os.path.join(os.environ["CHAOS_TOP"], ".local", "chaos"))
        self.cluster = Cluster(self.folder, os.environ["PROGRAMS"], options.previous)
        self.world = World(self.seed, options.clients)
        self.trouble = []

    def make_folder(self, top):
        """One for each run; of the earlier ones some are kept, without the stores' data."""
        earlier = sorted(name for name in os.listdir(top) if name.startswith("run-"))
        for number, name in enumerate(reversed(earlier)):
            if number >= limits.KEPT_RUNS:
                shutil.rmtree(os.path.join(top, name))
            else:
                for image in glob.glob(os.path.join(top, name, "*.img")):
                    os.remove(image)
        folder = os.path.join(top, time.strftime("run-%Y%m%d-%H%M%S-") + str(self.seed))
        os.makedirs(folder)
        return folder

    async def run(self):
        say(f"chaos: seed {self.seed}, {self.options.clients} clients, records in {self.folder}")
        await asyncio.to_thread(self.cluster.up)
        address = self.cluster.balancer.address
        await self.world.make(address)
        record.write_json(self.folder, "world.json", {"seed": self.seed, **self.world.as_json()})
        clients = [Client(number, user, device, self.world, self.folder, address, self.seed)
                   for number, (user, device) in enumerate(self.world.devices)]
        tasks = [asyncio.create_task(client.run()) for client in clients]
        self.cluster.serve(clients, asyncio.get_running_loop())
        director = Director(self.cluster, clients, say)
        try:
            await self.everybody(clients, lambda client: client.is_in, "logged in")
            for client in clients:
                client.speech.is_silent = False
            await self.everybody(clients, lambda client: client.speech.newest_heard > 0, "has heard something")
            await director.run(self.schedule, self.options.faults, self.options.minutes * 60)
        finally:
            self.write_faults(director.injected)
            await self.quiet(clients)
            histories = await self.world.histories(address)
            await self.await_all_seen(clients, histories)
            for client in clients:
                client.stop()
            await asyncio.wait(tasks, timeout=10)
            for client in clients:
                client.record.close()
        record.write_json(self.folder, "history.json", histories)
        await asyncio.to_thread(self.verify)

    async def everybody(self, clients, fact, what, seconds=limits.QUIET_SECONDS):
        deadline = time.monotonic() + seconds
        while missing := [client.number for client in clients if not fact(client)]:
            if time.monotonic() > deadline:
                self.trouble.append(f"not so within {seconds} s of clients {missing}: {what}")
                return
            await asyncio.sleep(0.05)

    async def quiet(self, clients):
        """Nothing new is said, and what was is answered."""
        for client in clients:
            client.speech.is_silent = True
        await self.everybody(clients, lambda client: client.is_in and not client.speech.pending,
                             "everything it said was answered")

    async def await_all_seen(self, clients, histories):
        newest = {name: messages[-1] for name, messages in histories.items() if messages}
        def has_all(client):
            return all(client.seen >= newest[one.name]["position"] or
                       newest[one.name]["from"]["id"] == client.user["id"]
                       for one in self.world.conversations_of(client.user) if one.name in newest)
        await self.everybody(clients, has_all, "it was shown the newest messages")
        await asyncio.sleep(1)

    def write_faults(self, faults):
        record.write_json(self.folder, "faults.json", faults)

    def verify(self):
        """The house's own proofs, from the log itself."""
        for node, code in self.cluster.stop_nodes().items():
            if code != 0:
                self.trouble.append(f"node {node} ended with {code}")
        for program, *rest in [("chat-replay", "verify"),
                               ("chat-audit", "verify", "--public-key", self.cluster.audit_public)]:
            code, said = self.cluster.tool(program, *rest)
            say(f"chaos: {program} verify: {said.splitlines()[-1] if said else ''}")
            if code:
                self.trouble.append(f"{program} verify ends with {code}:\n{said}")
        record.write_json(self.folder, "trouble.json", self.trouble)


def judge(folder, rows):
    """Checks what was recorded, and adds it to the rows: the run's figures, the findings and the trouble."""
    world = record.read_json(folder, "world.json")
    faults = record.read_json(folder, "faults.json")
    lines_of = {client["number"]: record.read(folder, f"client-{client['number']:02d}")
                for client in world["clients"]}
    findings = checker.check(world, lines_of, record.read_json(folder, "history.json"))
    trouble = record.read_json(folder, "trouble.json")
    trouble += [f"fault {fault['number']} ({fault['kind']}): {fault['trouble']}" for fault in faults if fault["trouble"]]

    def count(kind):
        return sum(line["k"] == kind for lines in lines_of.values() for line in lines)
    report.add(rows, world, faults, findings, lines_of)
    record.write_json(folder, "findings.json", findings)
    return {
        "seed": world["seed"], "clients": len(lines_of), "faults": len(faults), "commands": count("answer"),
        "pushes": count("push"), "load": [fault["load"] for fault in faults],
        "minutes": (faults[-1]["end"] - faults[0]["inject"]) / 60 if faults else 0}, findings, trouble


def conclude(folders, page_file):
    """Of one run, or of several that were made with the same programs."""
    rows, runs, findings, trouble = {}, [], [], []
    for folder in folders:
        run, found, troubles = judge(folder, rows)
        runs.append(run)
        findings += found
        trouble += troubles
    loads = [load for run in runs for load in run["load"]]
    result = {
        "seed": " and ".join(str(run["seed"]) for run in runs), "date": report.today(), "commit": report.commit(),
        "machine": report.machine(), "load": round(sum(loads) / max(1, len(loads)), 1),
        "minutes": round(sum(run["minutes"] for run in runs)), "clients": runs[0]["clients"],
        **{name: sum(run[name] for run in runs) for name in ("faults", "commands", "pushes")},
        "rows": report.finish(rows), "trouble": trouble}
    record.write_json(folders[-1], "report.json", result)
    say("\n" + report.text(result["rows"]) + "\n")
    for finding in findings[:30]:
        say(f"{finding['kind']}: client {finding['client']}, fault {finding['fault']}: {finding['what']}")
    if len(findings) > 30:
        say(f"and {len(findings) - 30} more in findings.json")
    for each in trouble:
        say(f"trouble: {each}")
    if page_file:
        page.write(page_file, result, trouble)
    say(f"chaos: {'promises were broken' if findings or trouble else 'every promise held'};"
        f" {result['commands']} commands answered, {result['pushes']} pushes, {result['faults']} faults,"
        f" seed {result['seed']}")
    return 1 if findings or trouble else 0


def main():
    options = arguments()
    if options.list:
        return say("\n".join(ALL))
    if options.check:
        return conclude(options.check, options.page)
    run = Run(options)
    # The first process of a namespace ignores what it has no handler for.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asyncio.run(run.run())
    except KeyboardInterrupt:
        return 130
    except Failure as failure:
        say(f"chaos: {failure}")
        return 3
    return conclude([run.folder], options.page)


sys.exit(main())
