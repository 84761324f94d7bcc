"""A connection of a client: JSON-RPC by lines over TCP, as the contract says, and nothing of the project's own code."""
import asyncio
import itertools
import json
import time

from . import limits


class Refused(Exception):
    """The server's answer to a request was an error."""

    def __init__(self, error):
        self.code = error.get("code")
        self.data = error.get("data") or {}
        self.reason = self.data.get("reason")
        super().__init__(f"{self.code} {self.reason or error.get('message')}")

    @property
    def retry_after(self):
        """Seconds; 0 if the server said nothing."""
        return self.data.get("retryAfter", 0) / 1000


class Gone(Exception):
    """The connection has ended, or was given up; says why."""


class Connection:
    def __init__(self, reader, writer, mute_seconds):
        self.reader, self.writer, self.mute_seconds = reader, writer, mute_seconds
        self.numbers = itertools.count(1)
        self.waiting = {}  # by the request's number: (when it was sent, its future, who is given its result first)
        self.heard = time.monotonic()

    @classmethod
    async def open(cls, address, mute_seconds):
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(*address, limit=2 << 20), limits.CONNECT_SECONDS)
        except (OSError, asyncio.TimeoutError) as error:
            raise Gone(f"no connection: {error or 'timeout'}") from None
        return cls(reader, writer, mute_seconds)

    def request(self, method, params, on_result=None):
        """Sends a request; a future of its result, which ends with Refused or Gone. `on_result` is given the result
        before anything that came behind it is looked at."""
        number = next(self.numbers)
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # Nobody may be left who asks.
        self.waiting[number] = (time.monotonic(), future, on_result)
        self.write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return future

    async def call(self, method, **params):
        return await self.request(method, params)

    def notify(self, method, **params):
        self.write({"jsonrpc": "2.0", "method": method, "params": params})

    def write(self, message):
        self.writer.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")

    async def listen(self, on_push):
        """Reads until the connection ends, which it tells by Gone. Meanwhile it asks now and then for a sign of life."""
        asking = asyncio.create_task(self.keep_asking())
        reading = asyncio.create_task(self.read_lines(on_push))
        try:
            done, _ = await asyncio.wait({asking, reading}, return_when=asyncio.FIRST_COMPLETED)
            done.pop().result()
        finally:
            for task in (asking, reading):
                task.cancel()
            await asyncio.gather(asking, reading, return_exceptions=True)

    async def read_lines(self, on_push):
        while True:
            try:
                line = await self.reader.readline()
            except (OSError, ValueError) as error:
                raise Gone(f"{error}") from None
            if not line.endswith(b"\n"):
                raise Gone("closed by the server")
            self.heard = time.monotonic()
            message = json.loads(line)
            if "method" in message:
                on_push(message["method"], message["params"])
            else:
                self.settle(message)

    def settle(self, message):
        _, future, on_result = self.waiting.pop(message.get("id"), (0, None, None))
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(Refused(message["error"]))
        else:
            if on_result:
                on_result(message["result"])
            future.set_result(message["result"])

    async def keep_asking(self):
        while True:
            await asyncio.sleep(limits.PING_SECONDS / 2)
            silent = time.monotonic() - self.heard
            if silent > self.mute_seconds:
                raise Gone(f"not a byte for {self.mute_seconds} s")
            if silent > limits.PING_SECONDS:
                self.notify_alive()

    def notify_alive(self):
        self.write({"jsonrpc": "2.0", "id": "alive", "method": "ping"})

    def oldest_wait(self):
        """Seconds that the request has waited which has waited longest."""
        now = time.monotonic()
        return max((now - began for began, _, _ in self.waiting.values()), default=0)

    def close(self, why):
        """Ends it at once; whoever waits for an answer gets Gone."""
        self.writer.transport.abort()
        for _, future, _ in self.waiting.values():
            if not future.done():
                future.set_exception(Gone(why))
        self.waiting.clear()
