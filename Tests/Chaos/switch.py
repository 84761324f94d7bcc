"""The Ethernet between the hosts, as a process of its own: reads frames from each host's TAP device and writes them to
others', or loses or delays them as it was told. So links fail without any help of the kernel's (netem, netfilter).

Started with the numbers of the devices' file descriptors; reads one rule a line from standard input, as JSON:
{"from": 2, "to": 0, "loss": 1.0, "delay": 0.0, "jitter": 0.0}: devices by index, the share of frames that are lost,
seconds. Answers each line with "ok".
"""
import errno
import heapq
import json
import os
import random
import selectors
import sys
import time

from . import limits


class Switch:
    def __init__(self, devices):
        self.devices = devices
        self.rules = {}
        self.waiting, self.number = [], 0
        self.random = random.Random(1)

    def frame(self, source, data):
        """The last byte of a hardware address is the device's index; a group address means everybody else."""
        if data[0] & 1:
            for target in range(len(self.devices)):
                if target != source:
                    self.forward(source, target, data)
        elif data[0] == 2 and data[5] < len(self.devices):
            self.forward(source, data[5], data)

    def forward(self, source, target, data):
        rule = self.rules.get((source, target))
        if rule is None:
            return self.write(target, data)
        loss, delay, jitter = rule
        if loss and self.random.random() < loss or len(self.waiting) >= limits.SWITCH_QUEUE:
            return None
        if not delay and not jitter:
            return self.write(target, data)
        self.number += 1
        due = time.monotonic() + delay + jitter * self.random.random()
        heapq.heappush(self.waiting, (due, self.number, target, data))
        return None

    def write(self, target, data):
        try:
            os.write(self.devices[target], data)
        except OSError as error:
            # A full device loses frames, as a real one does; one that is down, too.
            if error.errno not in (errno.EAGAIN, errno.EIO, errno.ENOBUFS):
                raise

    def send_due(self):
        """Writes what is due, and tells how long there is nothing more to do."""
        while self.waiting:
            rest = self.waiting[0][0] - time.monotonic()
            if rest > 0:
                return rest
            _, _, target, data = heapq.heappop(self.waiting)
            self.write(target, data)
        return None

    def change(self, line):
        rule = json.loads(line)
        values = (rule["loss"], rule["delay"], rule["jitter"])
        self.rules[rule["from"], rule["to"]] = values if any(values) else None

    def run(self):
        selector = selectors.DefaultSelector()
        for index, device in enumerate(self.devices):
            os.set_blocking(device, False)
            selector.register(device, selectors.EVENT_READ, index)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ, None)
        lines = b""
        while True:
            for key, _ in selector.select(self.send_due()):
                if key.data is None:
                    more = os.read(key.fd, 65536)
                    if not more:
                        return
                    *whole, lines = (lines + more).split(b"\n")
                    for line in whole:
                        self.change(line)
                        os.write(1, b"ok\n")
                else:
                    self.drain(key.data)

    def drain(self, index):
        # A bound, so that one busy device does not hold up the others.
        for _ in range(64):
            try:
                self.frame(index, os.read(self.devices[index], limits.MTU + 64))
            except OSError as error:
                if error.errno in (errno.EAGAIN, errno.EIO):
                    return
                raise


if __name__ == "__main__":
    Switch([int(argument) for argument in sys.argv[1:]]).run()
