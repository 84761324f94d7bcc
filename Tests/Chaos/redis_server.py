"""Redis: nothing in it must survive, so it may come back empty, or with an old image of itself."""
import os
import socket

from . import limits
from .processes import Process, await_fact


class Redis:
    def __init__(self, network, folder):
        self.address = network.address("redis")
        self.folder = os.path.join(folder, "redis")
        os.makedirs(self.folder, exist_ok=True)
        self.process = Process("redis", network.inside("redis"), folder)

    def start(self):
        self.process.start(
            ["redis-server", "--port", str(limits.REDIS_PORT), "--bind", "0.0.0.0", "--protected-mode", "no",
             "--save", "", "--appendonly", "no", "--dir", self.folder, "--maxmemory", "256mb",
             "--maxmemory-policy", "noeviction"])
        await_fact("redis answers", lambda: self.command("PING") == "+PONG", pause=0.02)

    def command(self, *words):
        """The first line of the answer; None if there is none."""
        try:
            with socket.create_connection((self.address, limits.REDIS_PORT), 3) as connection:
                connection.settimeout(10)
                connection.sendall(" ".join(words).encode() + b"\r\n")
                return connection.makefile("rb").readline().decode().strip()
        except OSError:
            return None

    def forget_image(self):
        try:
            os.remove(os.path.join(self.folder, "dump.rdb"))
        except FileNotFoundError:
            pass
