"""Redis dies, comes back empty or with what it knew a while ago, stands still, or is full. Nobody waits for it."""
import time

from ..processes import await_fact
from .fault import Fault


class RedisKilled(Fault):
    kind = "redis-killed"
    weight = 2
    holds = (0.0, 3.0)

    def inject(self):
        self.cluster.redis.process.kill()

    def heal(self):
        self.cluster.redis.start()


class RedisAway(RedisKilled):
    """For long."""
    kind = "redis-away"
    weight = 0.3
    holds = (30.0, 30.0)


class RedisFlushed(Fault):
    kind = "redis-flushed"
    weight = 2
    holds = (0.0, 1.0)

    def inject(self):
        self.cluster.redis.command("FLUSHALL")


class RedisFailover(Fault):
    """It comes back with what it was some seconds ago, as an asynchronous replica does."""
    kind = "redis-failover"
    holds = (0.0, 0.5)

    @classmethod
    def plan(cls, random):
        return {**super().plan(random), "lost": round(random.uniform(0.5, 4), 2)}

    def inject(self):
        redis = self.cluster.redis
        redis.forget_image()
        redis.command("SAVE")
        time.sleep(self.plan["lost"])
        redis.process.kill()

    def heal(self):
        self.cluster.redis.start()
        self.cluster.redis.forget_image()


class RedisPaused(Fault):
    """It holds its connections and answers nothing."""
    kind = "redis-paused"
    holds = (0.5, 6.0)

    def inject(self):
        self.cluster.redis.process.pause()

    def heal(self):
        self.cluster.redis.process.wake()
        await_fact("redis answers", lambda: self.cluster.redis.command("PING") == "+PONG")


class RedisFull(Fault):
    """It takes nothing more: every XADD is refused."""
    kind = "redis-full"

    def inject(self):
        self.cluster.redis.command("CONFIG SET maxmemory 1mb")

    def heal(self):
        self.cluster.redis.command("CONFIG SET maxmemory 256mb")


class RedisConnectionsEnded(Fault):
    kind = "redis-connections-ended"
    holds = (0.0, 1.0)

    def inject(self):
        self.cluster.redis.command("CLIENT KILL TYPE normal")

    heal = inject


FAULTS = [RedisKilled, RedisAway, RedisFlushed, RedisFailover, RedisPaused, RedisFull, RedisConnectionsEnded]
