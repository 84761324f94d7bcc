"""Too little of something: disk, file descriptors, memory."""
import os
import subprocess

from ..processes import await_fact
from .fault import NodeFault
from .postgres import PostgresFault


class DiskFull(PostgresFault):
    """Not a byte is left under PostgreSQL. It may end by that; then somebody makes room and starts it."""
    kind = "disk-full"
    holds = (3.0, 8.0)

    def inject(self):
        self.file = f"{self.primary.mount}/filler"
        room = os.statvfs(self.primary.mount)
        with open(self.file, "wb") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize)
                while True:
                    os.write(file.fileno(), bytes(4096))
            except OSError:
                pass
        # What it writes anew needs a file of its own: else it may go on for minutes in those it has.
        self.primary.query("select pg_switch_wal()")

    def heal(self):
        os.remove(self.file)
        self.primary.start()


class FilesExhausted(NodeFault):
    """The node has all the files that it may have."""
    kind = "files-exhausted"
    holds = (2.0, 5.0)

    def inject(self):
        pid = self.node.process.pid
        self.before = subprocess.run(
            ["prlimit", "--pid", str(pid), "--nofile", "--output=SOFT,HARD", "--noheadings", "--raw"],
            check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        highest = max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
        self.limit(f"{highest + 1}:{self.before[1]}")

    def limit(self, value):
        if self.node.process.is_running:
            subprocess.run(["prlimit", "--pid", str(self.node.process.pid), f"--nofile={value}"], check=True)

    def heal(self):
        self.limit(":".join(self.before))


class MemoryShort(NodeFault):
    """The node may have hardly more memory than it has. If that ends it, its supervisor starts it again."""
    kind = "memory-short"
    holds = (2.0, 5.0)

    def inject(self):
        with open(f"/proc/{self.node.process.pid}/statm") as sizes:
            pages = int(sizes.read().split()[0])
        self.limit(pages * os.sysconf("SC_PAGE_SIZE") + (1 << 20))

    def limit(self, value):
        if self.node.process.is_running:
            subprocess.run(["prlimit", "--pid", str(self.node.process.pid), f"--as={value}:unlimited"], check=True)

    def heal(self):
        self.limit("unlimited")
        if not self.node.process.is_running:
            self.node.start()
        await_fact("the node is ready", self.node.is_ready)


FAULTS = [DiskFull, FilesExhausted, MemoryShort]
