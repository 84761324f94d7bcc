"""One client: a device of a user, which stays logged in through everything, retries under its keys, and writes down what
it sent and saw. What it says is chosen by Speech; it judges nothing."""
import asyncio
import random
import time

from . import limits
from .record import Record
from .speech import Speech
from .wire import Connection, Gone, Refused

FEED = {"message", "edited", "recalled", "reaction", "friendrequest", "friendadded", "friendremoved", "groupchanged"}


class Client:
    def __init__(self, number, user, device, world, folder, address, seed):
        self.number, self.user, self.device, self.address = number, user, device, address
        self.record = Record(folder, f"client-{number:02d}")
        self.random = random.Random(f"{seed}/client/{number}")
        self.speech = Speech(self, world, random.Random(f"{seed}/speech/{number}"))
        self.mute_seconds = limits.MUTE_SECONDS[number % len(limits.MUTE_SECONDS)]
        # Every other client names the position it has seen; the rest rely on what was acknowledged.
        self.names_since = number % 2 == 1
        self.token, self.epoch = None, None
        self.seen, self.acking = 0, 0  # positions
        self.connection, self.is_in = None, False
        self.stopping = False

    # Logging in

    async def run(self):
        """Connects again and again until it is stopped."""
        pause = limits.BACKOFF_SECONDS[0]
        while not self.stopping:
            began = time.monotonic()
            try:
                await self.session()
            except Refused as refusal:
                self.login_refused(refusal)
                pause = max(pause, refusal.retry_after)
            except Gone as gone:
                self.record.add("closed", why=str(gone))
            if time.monotonic() - began > 5:
                pause = limits.BACKOFF_SECONDS[0]
            if not self.stopping:
                await asyncio.sleep(pause * (0.5 + self.random.random()))
            pause = min(pause * 2, limits.BACKOFF_SECONDS[1])

    def login_refused(self, refusal):
        if refusal.code not in (429, 503):
            self.record.add("trouble", what=f"login refused: {refusal}")
            if refusal.code == 401:
                self.token = None
        self.record.add("closed", why=f"login refused: {refusal}")

    async def session(self):
        connection = await Connection.open(self.address, self.mute_seconds)
        self.record.add("open", port=connection.writer.get_extra_info("sockname")[1])
        self.connection = connection
        listening = asyncio.create_task(connection.listen(self.pushed))
        talking = asyncio.create_task(self.after_login(connection))
        try:
            done, _ = await asyncio.wait({listening, talking}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self.is_in = False
            connection.close("the connection has ended")
            for task in (listening, talking):
                task.cancel()
            await asyncio.gather(listening, talking, return_exceptions=True)

    async def after_login(self, connection):
        await self.log_in(connection)
        acknowledging = asyncio.create_task(self.acknowledge(connection))
        try:
            await self.speech.speak(connection)
        finally:
            acknowledging.cancel()
            await asyncio.gather(acknowledging, return_exceptions=True)

    async def log_in(self, connection):
        params = {"token": self.token} if self.token else \
            {"name": self.user["name"], "password": limits.PASSWORD, "device": self.device}
        since = {"since": self.seen, "epoch": self.epoch} if self.names_since and self.epoch else {}
        self.record.add("login", since=since.get("since"), epoch=since.get("epoch"))
        answer = connection.request("login", {**params, **since}, on_result=lambda result: self.welcomed(result, since))
        try:
            await asyncio.wait_for(answer, limits.LOGIN_SECONDS)
        except asyncio.TimeoutError:
            raise Gone(f"no answer to the login within {limits.LOGIN_SECONDS} s") from None

    def welcomed(self, result, since):
        reset = (result.get("reset") or {}).get("position")
        self.record.add("session", session=result["session"], position=result["position"],
                        epoch=result["epoch"], reset=reset)
        self.token, self.epoch = result["token"], result["epoch"]
        if reset is not None:
            self.seen = min(self.seen, reset)
        self.acking = self.seen if since else 0
        self.is_in = True

    # What is pushed

    def pushed(self, method, params):
        if method in FEED:
            self.record.add("push", method=method, position=params["position"], **{
                name: params[name] for name in ("conversation", "seq", "text", "edited", "recalled") if name in params})
            self.seen = max(self.seen, params["position"])
            self.acking = max(self.acking, params["position"])
            self.speech.heard(method, params)
        elif method == "caughtup":
            self.record.add("caughtup", position=params["position"])
        elif method == "goaway":
            self.record.add("goaway", reason=params["reason"])

    async def acknowledge(self, connection):
        """Says what has arrived; every other time it waits for the answer."""
        last, asks = 0, False
        while True:
            await asyncio.sleep(limits.ACK_SECONDS * (0.5 + self.random.random()))
            if self.acking <= last:
                continue
            last, asks = self.acking, not asks
            self.record.add("acking", position=last)
            if not asks:
                connection.notify("ack", position=last)
                continue
            try:
                await connection.call("ack", position=last)
                self.record.add("acked", position=last)
            except Refused as refusal:
                last = 0
                if refusal.code != 503:
                    self.record.add("trouble", what=f"ack refused: {refusal}")

    def stop(self):
        self.stopping = True
        if self.connection:
            self.connection.close("the run is over")
