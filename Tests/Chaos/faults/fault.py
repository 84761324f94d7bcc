"""What a fault is."""


class Fault:
    """Something that goes wrong and is put right again. Both run on a thread of their own and may wait.

    `plan` makes the parameters from the schedule's random numbers; `hold` among them is the time from what is done to
    what undoes it, in seconds."""

    kind = ""
    weight = 1.0  # how often it is drawn, compared with others
    holds = (1.0, 4.0)
    # From when on new messages are to arrive: since the fault ("inject"), which the cluster survives by itself, or
    # since it was put right ("heal"), because without what is gone nobody can be answered.
    measured_from = "inject"
    mark = None  # a moment in between, which the fault itself names

    @classmethod
    def plan(cls, random):
        return {"hold": round(random.uniform(*cls.holds), 2)}

    def __init__(self, cluster, plan):
        self.cluster = cluster
        self.plan = plan
        self.hold = plan["hold"]

    def inject(self):
        raise NotImplementedError

    def heal(self):
        pass

    @classmethod
    def missing(cls):
        """What this machine lacks for it; None if nothing."""
        return None


class NodeFault(Fault):
    """A fault of one node, which the seed names."""

    @classmethod
    def plan(cls, random):
        return {**super().plan(random), "node": random.choice("abc")}

    @property
    def node(self):
        return self.cluster.nodes[self.plan["node"]]
