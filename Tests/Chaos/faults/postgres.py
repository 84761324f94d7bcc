"""PostgreSQL dies, stands still, and fails over to its synchronous standby."""
import os
import signal
import time

from ..processes import await_fact
from .fault import Fault


class PostgresFault(Fault):
    measured_from = "heal"

    @property
    def pair(self):
        return self.cluster.postgres

    @property
    def primary(self):
        return self.cluster.postgres.primary

    def heal(self):
        self.primary.start()


class PostgresKilled(PostgresFault):
    """kill -9 of all its processes, as when its machine loses power but not its disk."""
    kind = "postgres-killed"
    weight = 2
    holds = (0.0, 3.0)

    def inject(self):
        self.primary.process.kill()


class PostmasterKilled(PostgresFault):
    """Only the parent: its children end when they notice."""
    kind = "postmaster-killed"
    holds = (0.0, 1.0)

    def inject(self):
        self.primary.process.send(signal.SIGKILL)
        self.primary.process.running.wait()


class PostgresRestarted(PostgresFault):
    kind = "postgres-restarted"
    holds = (0.0, 3.0)

    def inject(self):
        self.primary.process.end(signal.SIGINT)


class BackendKilled(PostgresFault):
    """kill -9 of one backend: the server throws all others out, and recovers."""
    kind = "backend-killed"
    holds = (0.0, 0.0)

    def inject(self):
        found = self.primary.query(
            "select pid from pg_stat_activity where datname = 'chat' order by random() limit 1")
        if found:
            os.kill(int(found), signal.SIGKILL)

    def heal(self):
        await_fact("it takes connections again", self.primary.is_accepting)


class SessionsTerminated(PostgresFault):
    """An administrator ends every connection of the nodes, and again while they come back."""
    kind = "sessions-terminated"
    holds = (0.0, 2.0)

    def inject(self):
        self.primary.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'chat'")

    heal = inject


class PostgresPaused(PostgresFault):
    """It holds its connections and answers nothing."""
    kind = "postgres-paused"
    holds = (0.5, 8.0)

    def family(self):
        return [self.primary.process.pid, *self.primary.process.children()]

    def inject(self):
        for pid in self.family():
            self.signal(pid, signal.SIGSTOP)

    def heal(self):
        for pid in self.family():
            self.signal(pid, signal.SIGCONT)

    @staticmethod
    def signal(pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


class StandbyKilled(PostgresFault):
    """Nothing can be committed until it is back."""
    kind = "standby-killed"
    holds = (0.5, 6.0)

    def inject(self):
        self.pair.standby.process.kill()

    def heal(self):
        self.pair.standby.start()
        await_fact("the standby is synchronous again", self.pair.is_synchronous)


class Failover(PostgresFault):
    """The primary is killed and the standby promoted; the former primary becomes the new standby."""
    kind = "failover"
    weight = 1.5
    measured_from = "promotion"

    def inject(self):
        self.primary.process.kill()
        self.pair.promote()
        self.mark = time.monotonic()

    def heal(self):
        self.pair.add_standby()


class FailoverFromSilence(Failover):
    """The primary's machine vanishes without a word: nobody's connection to it ends by itself."""
    kind = "failover-from-silence"
    weight = 1
    holds = (12.0, 20.0)

    def inject(self):
        lost = self.primary
        self.cluster.network.isolate(lost.name)
        self.pair.promote()
        self.mark = time.monotonic()

    def heal(self):
        # It must be dead before it is heard again, or there are two primaries.
        lost = self.pair.standby
        lost.process.kill()
        self.cluster.network.rejoin(lost.name)
        self.pair.add_standby()


FAULTS = [PostgresKilled, PostmasterKilled, PostgresRestarted, BackendKilled, SessionsTerminated, PostgresPaused,
          StandbyKilled, Failover, FailoverFromSilence]
