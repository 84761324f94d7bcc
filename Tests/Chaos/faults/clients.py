"""What clients do to a cluster, and the balancer before it."""
from .fault import Fault


class SlowReaders(Fault):
    """Every second client takes not a byte for a while."""
    kind = "slow-readers"
    holds = (1.0, 4.0)
    measured_from = "heal"

    def inject(self):
        self.chosen = [client.connection for client in self.cluster.clients[::2] if client.is_in]
        self.each("pause_reading")

    def each(self, what):
        for connection in self.chosen:
            self.cluster.call_soon(self.tell, connection, what)

    @staticmethod
    def tell(connection, what):
        if not connection.writer.transport.is_closing():
            getattr(connection.writer.transport, what)()

    def heal(self):
        self.each("resume_reading")


class ClientsGone(Fault):
    """Every client's connection ends at once, without a goodbye, and all come back together."""
    kind = "clients-gone"
    holds = (0.0, 0.0)

    def inject(self):
        for client in self.cluster.clients:
            self.cluster.call_soon(client.connection.close, "the run ended it")


class BalancerKilled(Fault):
    kind = "balancer-killed"
    holds = (0.0, 2.0)
    measured_from = "heal"

    def inject(self):
        self.cluster.balancer.process.kill()

    def heal(self):
        self.cluster.balancer.start()


FAULTS = [SlowReaders, ClientsGone, BalancerKilled]
