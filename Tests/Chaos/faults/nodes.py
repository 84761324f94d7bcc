"""Nodes die, stand still and are restarted."""
import signal
import time

from ..processes import Failure
from .fault import Fault, NodeFault


def restart(node):
    """In good order: it drains, ends with 0, and comes back."""
    code = node.process.end(signal.SIGTERM, seconds=12)
    if code != 0:
        raise Failure(f"node {node.name} ended with {code} after SIGTERM: {node.process.last_lines(4)}")
    node.start()
    node.await_ready()


class NodeKilled(NodeFault):
    kind = "node-killed"
    weight = 2
    holds = (0.0, 4.0)

    def inject(self):
        self.node.process.kill()

    def heal(self):
        self.node.start()
        self.node.await_ready()


class NodeRestartedAtOnce(NodeKilled):
    """As a supervisor does: its lease still stands under its name."""
    kind = "node-killed-and-back"
    holds = (0.0, 0.05)


class ElectedKilled(Fault):
    """At any moment of its work."""
    kind = "elected-killed"
    weight = 2
    holds = (0.5, 3.0)

    @classmethod
    def plan(cls, random):
        return {**super().plan(random), "after": round(random.uniform(0, 1), 3)}

    def inject(self):
        time.sleep(self.plan["after"])
        self.node = self.cluster.elected() or self.cluster.nodes["a"]
        self.node.process.kill()

    heal = NodeKilled.heal


class NodePausedBriefly(NodeFault):
    """For less than its lease."""
    kind = "node-paused-briefly"
    holds = (0.3, 3.0)
    measured_from = "heal"

    def inject(self):
        self.node.process.pause()

    def heal(self):
        self.node.process.wake()


class NodePaused(NodePausedBriefly):
    """For longer than its lease: it wakes as somebody who was declared lost."""
    kind = "node-paused"
    holds = (5.5, 9.0)
    measured_from = "inject"


class ElectedPaused(NodePausedBriefly):
    kind = "elected-paused"
    holds = (2.0, 8.0)
    measured_from = "inject"

    @classmethod
    def plan(cls, random):
        return Fault.plan.__func__(cls, random)

    @property
    def node(self):
        if not hasattr(self, "chosen"):
            self.chosen = self.cluster.elected() or self.cluster.nodes["a"]
        return self.chosen


class NodeStutters(NodeFault):
    """It gets the processor for a fifth of the time only."""
    kind = "node-stutters"
    holds = (0.0, 0.0)

    def inject(self):
        until = time.monotonic() + 4
        while time.monotonic() < until:
            self.node.process.pause()
            time.sleep(0.2)
            self.node.process.wake()
            time.sleep(0.05)


class RollingRestart(Fault):
    """Each node in turn is asked to end, ends with 0, and comes back."""
    kind = "rolling-restart"
    holds = (0.0, 0.0)

    def inject(self):
        for node in self.cluster.nodes.values():
            restart(node)


class RollingUpgrade(Fault):
    """Some nodes, one after the other, come back as the other of two builds, and stay that: both run beside each other,
    on the newer one's schema."""
    kind = "rolling-upgrade"
    weight = 3
    holds = (0.0, 2.0)

    @classmethod
    def plan(cls, random):
        return {**super().plan(random), "nodes": "".join(sorted(random.sample("abc", random.randint(1, 3))))}

    def inject(self):
        for name in self.plan["nodes"]:
            node = self.cluster.nodes[name]
            node.program = self.cluster.other_build(node.program)
            restart(node)


class NodeTerminated(NodeFault):
    kind = "node-terminated"

    def inject(self):
        code = self.node.process.end(signal.SIGTERM, seconds=12)
        if code != 0:
            raise Failure(f"node {self.node.name} ended with {code} after SIGTERM")

    heal = NodeKilled.heal


class AllNodesKilled(Fault):
    kind = "all-nodes-killed"
    weight = 0.5
    measured_from = "heal"

    def inject(self):
        for node in self.cluster.nodes.values():
            node.process.kill()

    def heal(self):
        for node in self.cluster.nodes.values():
            node.start()
        for node in self.cluster.nodes.values():
            node.await_ready()


FAULTS = [NodeKilled, NodeRestartedAtOnce, ElectedKilled, NodePausedBriefly, NodePaused, ElectedPaused, NodeStutters,
          RollingRestart, RollingUpgrade, NodeTerminated, AllNodesKilled]
