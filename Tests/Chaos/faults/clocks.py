"""A node's clock jumps: libfaketime stands between it and the time of day. Its timers go on as they did."""
import glob
import os

from .fault import NodeFault

LIBRARIES = "/usr/lib/*/faketime/libfaketimeMT.so.1"


class ClockJump(NodeFault):
    """Forward, back to the day before, and right again, under a node that was started for this."""
    kind = "clock-jump"
    holds = (1.0, 3.0)
    weight = 0.7

    @classmethod
    def plan(cls, random):
        return {**super().plan(random), "to": random.choice(["+3600", "-3600", "+864000", "-86400", "+5", "-5"])}

    @classmethod
    def missing(cls):
        return None if glob.glob(LIBRARIES) else "no libfaketime; apt-get install faketime"

    def inject(self):
        self.file = os.path.join(self.cluster.folder, f"clock-{self.node.name}")
        self.show("+0")
        self.node.environment = {
            # The C library's own malloc comes before jemalloc, which asks for the time while libfaketime begins.
            "LD_PRELOAD": f"{glob.glob(LIBRARIES)[0]} libc.so.6", "FAKETIME_TIMESTAMP_FILE": self.file,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_CACHE_DURATION": "1"}
        self.restart()
        self.show(self.plan["to"])

    def show(self, offset):
        with open(self.file, "w") as file:
            file.write(offset + "\n")

    def restart(self):
        self.node.process.kill()
        self.node.start()
        self.node.await_ready()

    def heal(self):
        self.show("+0")
        self.node.environment = {}
        self.restart()


FAULTS = [ClockJump]
