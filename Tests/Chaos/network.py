"""Hosts as network namespaces, and the switch between them."""
import fcntl
import json
import os
import struct
import subprocess
import sys

from . import limits

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, stdout=subprocess.DEVNULL)


def hardware_address(index):
    return f"02:00:00:00:00:{index:02x}"


class Network:
    """Everything is in the run's own namespace, with which it disappears. The clients live in that itself."""

    def __init__(self):
        self.names = list(limits.HOSTS)
        self.devices = []
        self.switch = None

    def up(self):
        os.makedirs("/run/netns", exist_ok=True)
        for name in self.names:
            if name != "clients":
                ip("netns", "add", name)
            self.devices.append(self.open_device(name))
        for index, name in enumerate(self.names):
            self.give_address(index, name)
        self.switch = subprocess.Popen(
            [sys.executable, "-m", "Chaos.switch", *map(str, self.devices)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=self.devices)

    def open_device(self, name):
        descriptor = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH", f"tap-{name}".encode(), IFF_TAP | IFF_NO_PI))
        return descriptor

    def give_address(self, index, name):
        device = f"tap-{name}"
        inside = [] if name == "clients" else ["-n", name]
        if name != "clients":
            ip("link", "set", device, "netns", name)
        ip(*inside, "link", "set", "lo", "up")
        ip(*inside, "link", "set", device, "address", hardware_address(index), "mtu", str(limits.MTU),
           "txqueuelen", "4000", "up")
        ip(*inside, "addr", "add", f"{self.address(name)}/24", "dev", device)
        # Who is where is known for good: a host that is cut off is silent, as it is behind a router.
        for other_index, other in enumerate(self.names):
            if other != name:
                ip(*inside, "neigh", "replace", self.address(other), "lladdr", hardware_address(other_index),
                   "dev", device, "nud", "permanent")

    @staticmethod
    def address(name):
        return f"{limits.SUBNET}.{limits.HOSTS[name]}"

    def inside(self, host):
        """The prefix of a command that is to run on a host."""
        return [] if host == "clients" else ["nsenter", f"--net=/run/netns/{host}", "--"]

    def link(self, source, target, loss=0.0, delay=0.0, jitter=0.0):
        """One direction of a link: from now on frames are lost or delayed so."""
        rule = {"from": self.names.index(source), "to": self.names.index(target),
                "loss": loss, "delay": delay, "jitter": jitter}
        self.switch.stdin.write(json.dumps(rule).encode() + b"\n")
        self.switch.stdin.flush()
        assert self.switch.stdout.readline() == b"ok\n", "the switch has ended"

    def both_ways(self, one, other, **how):
        self.link(one, other, **how)
        self.link(other, one, **how)

    def cut(self, one, other):
        self.both_ways(one, other, loss=1.0)

    def heal(self, one, other):
        self.both_ways(one, other)

    def isolate(self, host, others=None):
        for other in others or self.names:
            if other != host:
                self.cut(host, other)

    def rejoin(self, host, others=None):
        for other in others or self.names:
            if other != host:
                self.heal(host, other)
