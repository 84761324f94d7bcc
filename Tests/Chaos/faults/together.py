"""Two things go wrong at the same time."""
from . import clients, links, network, nodes, postgres, redis
from .fault import Fault

# Faults of different parts: each can be put right whatever the other one does.
FIRST = [nodes.NodeKilled, nodes.ElectedKilled, nodes.NodePaused, nodes.NodeTerminated, network.NodeFromBalancer,
         network.NodeFromPostgres, clients.ClientsGone]
SECOND = [postgres.PostgresKilled, postgres.PostgresPaused, postgres.Failover, postgres.SessionsTerminated,
          redis.RedisKilled, redis.RedisFlushed, redis.RedisFailover, redis.RedisPaused, links.LossyLinks]


class Together(Fault):
    kind = "two-at-once"
    weight = 4
    measured_from = "heal"

    @classmethod
    def plan(cls, random):
        pair = [random.choice(FIRST), random.choice(SECOND)]
        return {"hold": round(random.uniform(0, 2), 2), "kinds": [fault.kind for fault in pair],
                "plans": [fault.plan(random) for fault in pair]}

    def inject(self):
        kinds = {fault.kind: fault for fault in (*FIRST, *SECOND)}
        self.faults = [kinds[kind](self.cluster, plan) for kind, plan in zip(self.plan["kinds"], self.plan["plans"])]
        for fault in self.faults:
            fault.inject()

    def heal(self):
        for fault in reversed(self.faults):
            fault.heal()


FAULTS = [Together]
