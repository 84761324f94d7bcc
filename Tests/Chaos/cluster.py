"""The whole cluster: up in order, down backwards, and what an operator can ask about it."""
import os
import signal
import subprocess
import urllib.error
import urllib.request

from . import limits
from .balancer import Balancer
from .network import Network
from .postgres import PostgresPair
from .processes import Failure, Process, await_fact
from .redis_server import Redis

# The run's clients come from one address and say more than people do.
SETTINGS = ["rate.registrations=0", "rate.commands=0", "rate.login-failures-address=0", "password.memory=8192"]


class Node:
    """One chatserver."""

    def __init__(self, name, cluster):
        self.name, self.cluster = name, cluster
        self.address = cluster.network.address(name)
        self.process = Process(f"node-{name}", cluster.network.inside(name), cluster.folder)
        self.environment = {}
        self.program = cluster.program("chatserver")

    def start(self):
        """Starts it, and does not wait for it."""
        settings = [word for setting in SETTINGS for word in ("--set", setting)]
        self.process.start(
            [self.program, "serve", "--node", self.name,
             "--listen", f"{self.address}:{limits.CHAT_PORT}", "--http", f"{self.address}:{limits.HTTP_PORT}",
             "--proxy-protocol", "--audit-key", self.cluster.audit_key, *settings],
            {"CHAT_DATABASE": self.cluster.postgres.url(), "CHAT_REDIS": self.cluster.redis_url,
             **self.environment})

    def get(self, path, seconds=2):
        """Status and text of a page of its HTTP port; None if there is no answer."""
        try:
            url = f"http://{self.address}:{limits.HTTP_PORT}{path}"
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError:
            return None

    def is_ready(self):
        answer = self.get("/readyz")
        return answer is not None and answer[0] == 200

    def await_ready(self, seconds=limits.START_SECONDS):
        """A node that has ended by itself is a finding, and is told."""
        def is_ready():
            if not self.process.is_running:
                raise Failure(f"node {self.name} has ended: {self.process.last_lines(4)}")
            return self.is_ready()
        await_fact(f"node {self.name} is ready", is_ready, seconds)


class Cluster:
    def __init__(self, folder, programs, previous=None):
        """`previous`: where the programs of an earlier build are, if there are any."""
        self.folder, self.programs, self.previous = folder, programs, previous
        self.network = Network()
        self.audit_key, self.audit_public = os.path.join(folder, "audit.key"), os.path.join(folder, "audit.pub")
        self.redis_url = f"redis://{self.network.address('redis')}:{limits.REDIS_PORT}"

    def serve(self, clients, loop):
        """Who its clients are, and on which loop they live: faults run on threads."""
        self.clients, self.call_soon = clients, loop.call_soon_threadsafe

    def program(self, name):
        return os.path.join(self.programs, name)

    def other_build(self, program):
        """Of the two builds' servers the one that this is not."""
        current = self.program("chatserver")
        return os.path.join(self.previous, "chatserver") if program == current else current

    def up(self):
        # The stores' user may be unable to reach the checkout; this mount is the run's own and ends with it.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        os.makedirs("/run/chaos")
        self.network.up()
        self.postgres = PostgresPair(self.network, self.folder)
        self.postgres.up()
        self.redis = Redis(self.network, self.folder)
        self.redis.start()
        self.migrate()
        self.make_key()
        self.nodes = {name: Node(name, self) for name in limits.NODES}
        for node in self.nodes.values():
            node.start()
        for node in self.nodes.values():
            node.await_ready()
        self.balancer = Balancer(self.network, self.folder)
        self.balancer.start()

    def tool(self, program, *arguments):
        """Runs one of the house's programs against the present primary; its exit code and what it said."""
        done = subprocess.run(
            [self.program(program), *arguments], env={**os.environ, "CHAT_DATABASE": self.postgres.url()},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        return done.returncode, done.stdout.strip()

    def migrate(self):
        code, said = self.tool("chatserver", "migrate")
        if code:
            raise Failure(f"the migration failed: {said}")

    def make_key(self):
        code, said = self.tool("chat-audit", "keygen", self.audit_key)
        if code:
            raise Failure(f"no key: {said}")
        with open(self.audit_public, "w") as public:
            public.write(said + "\n")

    def elected(self):
        """The node that runs the relay and most of the projections; None if nobody holds them."""
        found = self.postgres.primary.query(
            "select node from chat_cluster.leader where expires_at > clock_timestamp()"
            " group by node order by count(*) desc, node limit 1", "chat")
        return self.nodes.get(found or None)

    def is_whole(self):
        """Whether everything is up as in the beginning."""
        return all(node.process.is_running and node.is_ready() for node in self.nodes.values()) and \
            self.postgres.is_synchronous() and self.redis.command("PING") == "+PONG"

    def stop_nodes(self):
        for node in self.nodes.values():
            node.process.send(signal.SIGTERM)
        return {node.name: node.process.end() for node in self.nodes.values()}
