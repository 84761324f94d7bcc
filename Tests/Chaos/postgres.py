"""PostgreSQL: a primary and a synchronous standby, each on a small file system of its own, with what an operator does:
kill, restart, promote, build the former primary anew as a standby."""
import glob
import os
import shutil
import subprocess

from . import limits
from .processes import Failure, Process, await_fact

USER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
SETTINGS = """
listen_addresses = '*'
wal_level = replica
max_wal_senders = 6
max_connections = 200
hot_standby = on
synchronous_commit = on
max_wal_size = 128MB
min_wal_size = 48MB
wal_keep_size = 128MB
checkpoint_timeout = 60s
wal_sender_timeout = 10s
wal_receiver_timeout = 10s
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
log_checkpoints = off
log_line_prefix = '%m [%p] '
"""


def programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    if not found:
        raise Failure("no PostgreSQL server under /usr/lib/postgresql; make deps installs it")
    return found[-1]


class Postgres:
    """One of the two servers."""

    def __init__(self, name, network, folder):
        self.name, self.network = name, network
        self.address = network.address(name)
        self.mount = f"/run/chaos/{name}"
        self.data, self.sockets = f"{self.mount}/data", f"/run/chaos/{name}-socket"
        self.image = os.path.join(folder, f"{name}.img")
        self.log = os.path.join(folder, f"{name}.log")
        self.process = Process(name, network.inside(name), folder)
        self.memory = None

    def command(self, program, *arguments, check=True):
        """Runs one of PostgreSQL's programs on this host, as its user; its output."""
        done = subprocess.run(
            [*self.network.inside(self.name), *USER, f"{programs()}/{program}", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")
        if check and done.returncode:
            raise Failure(f"{program} on {self.name}: {done.stderr.strip()}")
        return done.stdout.strip() if done.returncode == 0 else None

    def make_file_system(self):
        os.makedirs(self.mount, exist_ok=True)
        with open(self.image, "wb") as image:
            image.truncate(limits.POSTGRES_IMAGE)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", self.image], check=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.mount], check=True)
        os.makedirs(self.sockets, exist_ok=True)
        for path in (self.mount, self.sockets):
            shutil.chown(path, "postgres", "postgres")

    def initialize(self):
        self.command("initdb", "--pgdata", self.data, "--username=chat", "--encoding=UTF8", "--locale=C.UTF-8",
                     "--data-checksums", "--auth=trust")
        with open(f"{self.data}/postgresql.conf", "a") as settings:
            settings.write(SETTINGS)
        with open(f"{self.data}/pg_hba.conf", "a") as access:
            access.write(f"host all all {limits.SUBNET}.0/24 trust\nhost replication all {limits.SUBNET}.0/24 trust\n")

    def copy_from(self, primary):
        """Becomes a standby of this primary, from a fresh copy of it."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.command("pg_basebackup", "--pgdata", self.data, "--checkpoint=fast", "--write-recovery-conf",
                     "--wal-method=stream", "--dbname",
                     f"host={primary.address} user=chat application_name={self.name} connect_timeout=5")

    def launch(self):
        """Starts it, and does not wait for it."""
        self.process.start([*USER, f"{programs()}/postgres", "-D", self.data, "-p", str(limits.POSTGRES_PORT),
                            "-c", f"unix_socket_directories={self.sockets}"])

    def is_accepting(self):
        return self.command("pg_isready", "-q", "-t", "2", "-h", self.sockets, check=False) is not None

    def start(self):
        """Starts it and waits until it takes connections: what a killed server left may hold it up for a moment."""
        def is_up():
            if not self.process.is_running:
                self.launch()
            return self.is_accepting()
        await_fact(f"{self.name} takes connections", is_up, pause=0.1)

    def query(self, text, database="postgres"):
        """One statement; None if it failed."""
        return self.command("psql", "-XAtq", "-h", self.sockets, "-U", "chat", "-d", database, "-c", text, check=False)

    def set(self, name, value):
        if self.query(f"alter system set {name} = '{value}'") is None or self.query("select pg_reload_conf()") is None:
            raise Failure(f"{self.name} does not take {name}")


class PostgresPair:
    """Who is primary and who is standby, now."""

    def __init__(self, network, folder):
        self.primary, self.standby = (Postgres(name, network, folder) for name in ("pg1", "pg2"))

    def up(self):
        for server in (self.primary, self.standby):
            server.make_file_system()
        self.primary.initialize()
        self.primary.start()
        if self.primary.query("create database chat") is None:
            raise Failure("no database: " + self.primary.process.last_lines())
        self.add_standby()

    def url(self):
        """How nodes find whichever is the primary."""
        return (f"postgresql://chat@{self.primary.address},{self.standby.address}:{limits.POSTGRES_PORT}/chat"
                "?target_session_attrs=read-write")

    def add_standby(self):
        """Builds the standby anew from the primary, and lets commits wait for it from then on."""
        self.standby.copy_from(self.primary)
        self.standby.start()
        await_fact("the standby follows", self.is_streaming)
        self.primary.set("synchronous_standby_names", self.standby.name)
        await_fact("the standby is synchronous", self.is_synchronous)

    def is_streaming(self):
        return self.primary.query("select count(*) from pg_stat_replication where state = 'streaming'") == "1"

    def is_synchronous(self):
        return self.primary.query("select count(*) from pg_stat_replication where sync_state = 'sync'") == "1"

    def promote(self):
        """The standby becomes the primary, and commits wait for nobody: what an operator does when the primary is gone."""
        new = self.standby
        if new.query("select pg_promote(true, 60)") != "t":
            raise Failure("the standby was not promoted: " + new.process.last_lines())
        self.primary, self.standby = new, self.primary
