"""Links that are slow or lose frames."""
from .fault import Fault


class SlowLinks(Fault):
    """Every frame of one host takes longer, each for another time, so that they overtake one another."""
    kind = "slow-links"
    holds = (2.0, 5.0)
    hosts = ("a", "b", "c", "pg1", "pg2", "redis", "balancer")

    @classmethod
    def plan(cls, random):
        return {**super().plan(random), "host": random.choice(cls.hosts), **cls.badness(random)}

    @staticmethod
    def badness(random):
        return {"delay": round(random.uniform(0.01, 0.15), 3), "jitter": round(random.uniform(0, 0.1), 3)}

    def each(self, **how):
        network = self.cluster.network
        for other in network.names:
            if other != self.plan["host"]:
                network.both_ways(self.plan["host"], other, **how)

    def inject(self):
        self.each(**{name: self.plan[name] for name in ("delay", "jitter", "loss") if name in self.plan})

    def heal(self):
        self.each()


class LossyLinks(SlowLinks):
    kind = "lossy-links"

    @staticmethod
    def badness(random):
        return {"loss": round(random.uniform(0.02, 0.25), 3), "delay": 0.002}


FAULTS = [SlowLinks, LossyLinks]
