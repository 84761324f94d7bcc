"""Hosts are cut off from one another: no frame arrives, and no connection ends by that."""
from .fault import Fault, NodeFault


class NodeFromPostgres(NodeFault):
    kind = "cut-node-postgres"
    weight = 1.5
    holds = (1.0, 9.0)
    others = ("pg1", "pg2")

    def inject(self):
        self.cluster.network.isolate(self.node.name, self.others)

    def heal(self):
        self.cluster.network.rejoin(self.node.name, self.others)


class NodeFromRedis(NodeFromPostgres):
    kind = "cut-node-redis"
    others = ("redis",)


class NodeFromBalancer(NodeFromPostgres):
    """Its clients hear nothing any more, and it hears nothing of them."""
    kind = "cut-node-clients"
    others = ("balancer", "clients")


class NodeFromEverybody(NodeFromPostgres):
    kind = "cut-node"
    others = None


class OneWay(NodeFault):
    """Half of a link: one side still hears the other."""
    kind = "cut-one-way"
    weight = 1.5
    holds = (1.0, 8.0)

    @classmethod
    def plan(cls, random):
        return {**super().plan(random), "from": random.random() < 0.5,
                "other": random.choice(["pg1", "pg2", "redis", "balancer"])}

    def ends(self):
        ends = (self.node.name, self.plan["other"])
        return ends if self.plan["from"] else ends[::-1]

    def inject(self):
        self.cluster.network.link(*self.ends(), loss=1.0)

    def heal(self):
        self.cluster.network.link(*self.ends())


class Clients(Fault):
    """Everybody at once is cut off from the balancer, and comes back at once."""
    kind = "cut-clients"
    holds = (0.5, 7.0)
    measured_from = "heal"

    def inject(self):
        self.cluster.network.cut("clients", "balancer")

    def heal(self):
        self.cluster.network.heal("clients", "balancer")


class PrimaryFromStandby(Fault):
    """Nothing can be committed meanwhile; the nodes see both."""
    kind = "cut-primary-standby"
    holds = (0.5, 8.0)
    measured_from = "heal"

    def inject(self):
        self.cluster.network.cut("pg1", "pg2")

    def heal(self):
        self.cluster.network.heal("pg1", "pg2")


class RedisFromEverybody(Fault):
    kind = "cut-redis"
    holds = (1.0, 8.0)

    def inject(self):
        self.cluster.network.isolate("redis")

    def heal(self):
        self.cluster.network.rejoin("redis")


FAULTS = [NodeFromPostgres, NodeFromRedis, NodeFromBalancer, NodeFromEverybody, OneWay, Clients, PrimaryFromStandby,
          RedisFromEverybody]
