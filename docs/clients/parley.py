#!/usr/bin/env python3
"""A client of Parley in one file, with nothing but Python's standard library (3.9 or later).

    with Client("127.0.0.1:6000", "alice", password, device="script") as client:
        print(client.call("chat", to="bob", text="hello")["position"])
        for method, params in client.feed(timeout=60):     # the backlog first, then what is live
            if method == "message":
                print(params["from"]["name"], params["text"])

What it shows, for whoever writes one in another language:

* requests and answers are lines of JSON; an answer is known by its id, for others may overtake it
* a changing command carries a key, and is sent again under it after a lost connection or a 503: it happens once
* the feed is acknowledged once it was used, so what was not comes again; who keeps `position` and `epoch` in a
  place of their own gives them to the next `Client` instead, and misses nothing, whatever the server remembers
* whoever lost a connection comes back with a token, after a pause that doubles and is never twice the same

From the shell: CHAT_PASSWORD=… parley.py [--tls] [--ca FILE] SERVER USER send TO TEXT | listen [SECONDS] | register
"""
import argparse
import collections
import json
import os
import random
import select
import signal
import socket
import ssl
import sys
import time
import uuid

# The methods that change something and so take a key.
KEYED = frozenset(
    "register changepassword addfriend acceptfriend rejectfriend removefriend block unblock creategroup updategroup "
    "deletegroup joingroup leavegroup invite kick setrole chat groupchat edit recall react read".split()
)
# Pushes with a position, which are to be acknowledged.
FEED = frozenset("message edited recalled reaction friendrequest friendadded friendremoved groupchanged".split())
# What ends the program: Ctrl-C, and whoever runs it as a service.
ENDS = {signal.SIGINT, signal.SIGTERM}

# After these words of the server there is no way back.
FINAL = frozenset(["replaced", "revoked"])


class Refused(Exception):
    """The server's answer is an error; `code` and `reason` are stable, the text is for people."""

    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        data = error.get("data") or {}
        self.reason = data.get("reason")
        self.retry_after = data.get("retryAfter", 0) / 1000


class Gone(Exception):
    """The session was replaced or ended elsewhere: to come back would only replace the other one in turn."""


class Connection:
    """One connection: lines of JSON out and in."""

    def __init__(self, address, tls, patience):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host.strip("[]"), int(port)), patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host.strip("[]"))
        self.buffer = bytearray()

    def send(self, message):
        """Sends one message."""
        self.socket.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    def receive(self, deadline):
        """The next message; None if there was none in time. Raises ConnectionError at the end."""
        while True:
            line, found, rest = self.buffer.partition(b"\n")
            if found:
                self.buffer = rest
                return json.loads(line)
            left = deadline - time.monotonic()
            # What TLS has already read from the socket is not seen by select.
            pending = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
            if not pending and not select.select([self.socket], [], [], max(0, left))[0]:
                return None
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError("the server ended the connection")
            self.buffer += piece

    def close(self):
        """Ends it."""
        self.socket.close()


class Client:
    """A logged-in user. One thread at a time."""

    PATIENCE = 30  # seconds for an answer, and between two signs of life (the server waits for 90)
    PAUSES = (0.25, 15)  # seconds: the first pause before coming back, and the longest

    def __init__(self, address, name, password=None, *, token=None, device="python", tls=None, position=None,
                 epoch=None):
        self.address, self.name, self.password, self.token = address, name, password, token
        self.device, self.tls, self.position, self.epoch = device, tls, position, epoch
        self.login = None  # the answer to the last login
        # What the server was told, what it answered or was logged in with, and what the caller was given.
        self._acknowledged = self._confirmed = self._given = position
        self._pushes = collections.deque()
        self._connection = None
        self._last_id = 0
        self._connect()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @classmethod
    def register(cls, address, name, password, tls=None):
        """Makes an account; safe to repeat for who knows the password."""
        connection = Connection(address, tls, cls.PATIENCE)
        try:
            params = {"name": name, "password": password, "key": str(uuid.uuid4())}
            connection.send({"jsonrpc": "2.0", "id": 1, "method": "register", "params": params})
            return _result(connection.receive(time.monotonic() + cls.PATIENCE))["user"]
        finally:
            connection.close()

    def call(self, method, **params):
        """Calls a method and gives its result, over as many connections as that takes. Raises Refused."""
        if method in KEYED:
            params.setdefault("key", str(uuid.uuid4()))
        while True:
            try:
                return self._ask(method, params)
            except Refused as refusal:
                # Nothing was stored: the same again, a little later.
                if refusal.code not in (429, 503):
                    raise
                time.sleep(refusal.retry_after * (1 + random.random()))
            except OSError:
                # Whether it was stored is not known; under its key it happens once all the same.
                self._come_back()

    def feed(self, timeout=None):
        """Gives pushes as (method, params), from the backlog on; ends after `timeout` seconds. Whatever the caller
        has taken and gone on from is acknowledged."""
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            while self._pushes:
                method, params = self._pushes.popleft()
                if method not in FEED:
                    yield method, params
                elif self._given is None or params["position"] > self._given:
                    self._given = params["position"]
                    yield method, params
                    self.position = self._given
            try:
                if time.monotonic() >= deadline:
                    return
                self._listen(deadline)
            except OSError:
                self._come_back()

    def close(self):
        """Ends the connection; the token stays good. What was used is acknowledged, and the server's word for it
        awaited, so that it does not come again."""
        try:
            if self.position != self._confirmed:
                self._ask("ack", {"position": self.position})
        except (OSError, Refused):
            pass
        self._connection.close()

    def _listen(self, deadline):
        """Waits for a push, acknowledging what was used and giving signs of life meanwhile."""
        self._acknowledge()
        message = self._connection.receive(min(deadline, time.monotonic() + self.PATIENCE))
        if message is not None:
            self._take(message)
        elif time.monotonic() < deadline:
            self._ask("ping", {})

    def _acknowledge(self):
        if self.position is not None and self.position != self._acknowledged:
            # Without an id there is no answer; the server logs it within a second.
            self._connection.send({"jsonrpc": "2.0", "method": "ack", "params": {"position": self.position}})
            self._acknowledged = self.position

    def _ask(self, method, params):
        self._last_id += 1
        self._connection.send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        deadline = time.monotonic() + self.PATIENCE
        while True:
            message = self._connection.receive(deadline)
            if message is None:
                raise TimeoutError("the server does not answer")
            if message.get("id") == self._last_id:
                return _result(message)
            self._take(message)

    def _take(self, message):
        if message.get("method") == "goaway":
            params = message["params"]
            if params["reason"] in FINAL:
                raise Gone(params["reason"])
            raise ConnectionError("the server asked to come again")
        if "method" in message:
            self._pushes.append((message["method"], message["params"]))

    def _connect(self):
        self._connection = Connection(self.address, self.tls, self.PATIENCE)
        # What was pushed but not used yet comes again: the new session begins behind what was used.
        self._pushes.clear()
        params = {"token": self.token} if self.token else {"name": self.name, "password": self.password}
        params["device"] = self.device
        if self.position is not None:
            params.update(since=self.position, epoch=self.epoch)
        try:
            self.login = self._ask("login", params)
        except Refused as refusal:
            if refusal.reason != "bad_token" or self.password is None:
                raise
            self.token = None
            return self._connect()
        self.token, self.epoch = self.login["token"], self.login["epoch"]
        if "reset" in self.login:
            # The log was restored to an earlier time: what came after that position never happened.
            self.position = self._given = self.login["reset"]["position"]
        self._acknowledged = self._confirmed = self.position
        return None

    def _come_back(self):
        self._connection.close()
        pause, longest = self.PAUSES
        while True:
            time.sleep(pause * (0.5 + random.random() / 2))
            pause = min(longest, pause * 2)
            try:
                return self._connect()
            except OSError:
                self._connection.close()
            except Refused as refusal:
                if refusal.code not in (429, 503):
                    raise
                time.sleep(refusal.retry_after)


def _result(message):
    if message is None:
        raise TimeoutError("the server does not answer")
    if "error" in message:
        raise Refused(message["error"])
    return message["result"]


def main():
    """The client as a program."""
    parser = argparse.ArgumentParser(description="talks to a Parley chat server")
    parser.add_argument("--tls", action="store_true", help="speak TLS")
    parser.add_argument("--ca", help="believe these authorities (PEM) instead of the system's")
    parser.add_argument("server", help="HOST:PORT")
    parser.add_argument("user")
    parser.add_argument("action", choices=["register", "send", "listen"])
    parser.add_argument("words", nargs="*", help="TO TEXT, or SECONDS")
    given = parser.parse_args()
    tls = ssl.create_default_context(cafile=given.ca) if given.tls or given.ca else None
    password = os.environ["CHAT_PASSWORD"]
    if given.action == "register":
        print(json.dumps(Client.register(given.server, given.user, password, tls)))
        return
    with Client(given.server, given.user, password, tls=tls) as client:
        if given.action == "send":
            to, text = given.words
            print(json.dumps(client.call("chat", to=to, text=text)))
            return
        for method, params in client.feed(float(given.words[0]) if given.words else None):
            # Shown and used, or neither: Ctrl-C waits, so that it never comes between the two.
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
            print(json.dumps({"method": method, "params": params}, ensure_ascii=False), flush=True)
            if method in FEED:
                client.position = params["position"]
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)


if __name__ == "__main__":
    # Whoever starts it may have ignored or blocked Ctrl-C; a service is ended by the other one.
    for end in ENDS:
        signal.signal(end, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    try:
        main()
    except KeyboardInterrupt:
        pass
    except (Refused, Gone, OSError) as error:
        print(f"parley.py: {error}", file=sys.stderr)
        sys.exit(3)
