"""Programs on hosts: started, killed, paused, woken."""
import os
import signal
import subprocess
import time

from . import limits


class Failure(Exception):
    """The run cannot go on; says why."""


def await_fact(what, fact, seconds=limits.START_SECONDS, pause=0.05):
    """Waits until the fact holds; Failure if it does not come."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(pause)


class Process:
    """One program on one host, under a role's name; its output goes to ROLE.log."""

    def __init__(self, role, prefix, folder):
        self.role, self.prefix = role, prefix
        self.log = os.path.join(folder, f"{role}.log")
        self.running = None

    def start(self, arguments, environment=None):
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(
                [*self.prefix, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})}, start_new_session=True)

    @property
    def pid(self):
        return self.running.pid

    @property
    def is_running(self):
        return self.running is not None and self.running.poll() is None

    def send(self, number):
        if self.is_running:
            self.running.send_signal(number)

    def children(self):
        """The numbers of its child processes."""
        try:
            with open(f"/proc/{self.pid}/task/{self.pid}/children") as children:
                return [int(number) for number in children.read().split()]
        except OSError:
            return []

    def kill(self):
        """kill -9 of the program and its children, as when their machine loses power."""
        family = self.children()
        self.send(signal.SIGKILL)
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if self.running is not None:
            self.running.wait()

    def pause(self):
        self.send(signal.SIGSTOP)

    def wake(self):
        self.send(signal.SIGCONT)

    def end(self, number=signal.SIGTERM, seconds=30):
        """Asks it to end; its exit code. Failure if it does not."""
        self.send(number)
        try:
            return self.running.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.role} does not end within {seconds} s") from None

    def last_lines(self, count=15):
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-count:])
