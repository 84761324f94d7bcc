"""Injects one fault after the other, and sees that everybody has new messages again before the next."""
import asyncio
import os
import time

from . import limits
from .faults import ALL
from .processes import Failure, await_fact


class Director:
    def __init__(self, cluster, clients, say):
        self.cluster, self.clients, self.say = cluster, clients, say
        self.injected = []

    async def run(self, schedule, count, seconds):
        """Until so many faults were injected, or the time is over, whichever comes first."""
        end = time.monotonic() + seconds
        for number, step in enumerate(schedule, 1):
            if number > count or time.monotonic() > end:
                return
            await self.inject(number, step)
            await asyncio.sleep(step["rest"])

    async def inject(self, number, step):
        missing = ALL[step["kind"]].missing()
        if missing:
            return self.say(f"{number:4} {step['kind']}: left out: {missing}")
        fault = ALL[step["kind"]](self.cluster, step["plan"])
        entry = {"number": number, **step, "measured_from": fault.measured_from, "inject": time.monotonic(),
                 "load": os.getloadavg()[0], "trouble": None}
        self.injected.append(entry)
        self.set_mark(entry["inject"])
        try:
            await asyncio.to_thread(fault.inject)
            if fault.mark:
                self.set_mark(fault.mark)
            await asyncio.sleep(fault.hold)
            await asyncio.to_thread(fault.heal)
        except Failure as failure:
            entry["trouble"] = str(failure)
        entry["heal"] = time.monotonic()
        entry["mark"] = fault.mark or entry[fault.measured_from]
        if fault.measured_from == "heal":
            self.set_mark(entry["mark"])
        await self.await_recovery(entry)
        if entry["trouble"]:
            await asyncio.to_thread(self.repair)
        entry["end"] = time.monotonic()
        self.say(self.line(entry))
        return entry

    def set_mark(self, mark):
        for client in self.clients:
            client.speech.set_mark(mark)

    async def await_recovery(self, entry):
        """Everybody has heard something new, and every part is as it was."""
        deadline = entry["heal"] + limits.RECOVERY_SECONDS
        silent = self.clients
        while silent := [client for client in silent if client.speech.heard_new_at is None]:
            if time.monotonic() > deadline:
                names = ", ".join(str(client.number) for client in silent)
                entry["trouble"] = entry["trouble"] or f"clients {names} heard nothing new"
                return
            await asyncio.sleep(0.05)
        entry["delivered"] = max(client.speech.heard_new_at for client in self.clients)
        try:
            await asyncio.to_thread(
                await_fact, "the cluster is whole", self.cluster.is_whole, limits.RECOVERY_SECONDS, 0.2)
        except Failure as failure:
            entry["trouble"] = entry["trouble"] or str(failure)

    def repair(self):
        """What ended by itself is started, so that the next fault meets a whole cluster."""
        for node in self.cluster.nodes.values():
            node.process.wake()
            if not node.process.is_running:
                node.start()
        for server in (self.cluster.postgres.primary, self.cluster.postgres.standby):
            server.start()
        if not self.cluster.redis.process.is_running:
            self.cluster.redis.start()
        for node in self.cluster.nodes.values():
            node.await_ready()

    @staticmethod
    def line(entry):
        took = entry.get("delivered", entry["end"]) - entry["mark"]
        how = " ".join(f"{name}={value}" for name, value in entry["plan"].items())
        trouble = f"  TROUBLE: {entry['trouble']}" if entry["trouble"] else ""
        return f"{entry['number']:4} {entry['kind']:24} {took:6.2f} s  {how}{trouble}"
