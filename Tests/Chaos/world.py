"""Who there is and who talks with whom: made anew for each run, through the balancer, from the seed."""
import asyncio
import itertools
import random

from . import limits
from .wire import Connection


class Conversation:
    def __init__(self, name, members, group=None):
        self.name, self.members, self.group = name, members, group

    def other(self, user):
        return next(member["id"] for member in self.members if member["id"] != user["id"])


class World:
    def __init__(self, seed, clients):
        self.random = random.Random(f"{seed}/world")
        self.count = clients
        self.users, self.devices, self.conversations = [], [], []
        self.first_said = {}  # when each command was first sent, by client and number

    def conversations_of(self, user):
        return [one for one in self.conversations if any(member["id"] == user["id"] for member in one.members)]

    async def make(self, address):
        """Four clients in five are users' first devices, the rest second ones."""
        for number in range(max(3, self.count * 4 // 5)):
            connection = await self.connect(address)
            result = await connection.call("register", name=f"user{number}", password=limits.PASSWORD)
            connection.close("done")
            self.users.append(result["user"])
        self.devices = [(self.users[number % len(self.users)], f"device{number // len(self.users)}")
                        for number in range(self.count)]
        # Everybody is in two groups, so that everybody soon has something to hear.
        for _ in range(2):
            self.random.shuffle(self.users)
            for start in range(0, len(self.users), 8):
                await self.make_group(address, self.users[start:start + 8])
        pairs = list(itertools.combinations(self.users, 2))
        for one, other in self.random.sample(pairs, min(len(pairs), len(self.users) * 2)):
            low, high = sorted([one["id"], other["id"]])
            self.conversations.append(Conversation(f"direct:{low}:{high}", [one, other]))

    async def make_group(self, address, members):
        owner, *others = members
        connection = await self.log_in(address, owner)
        group = (await connection.call("creategroup", name="chaos"))["group"]["id"]
        connection.close("done")
        for user in others:
            connection = await self.log_in(address, user)
            await connection.call("joingroup", group=group)
            connection.close("done")
        self.conversations.append(Conversation(f"group:{group}", members, group))

    @staticmethod
    async def connect(address):
        connection = await Connection.open(address, 60)
        connection.task = asyncio.create_task(World.drop(connection))
        return connection

    @staticmethod
    async def drop(connection):
        """Reads answers only; the connection's end is told to whoever waits for one."""
        try:
            await connection.listen(lambda method, params: None)
        except Exception as error:
            connection.close(str(error))

    @staticmethod
    async def log_in(address, user):
        connection = await World.connect(address)
        await connection.call("login", user=user["id"], password=limits.PASSWORD, feed=False)
        return connection

    async def histories(self, address):
        """What `history` says of every conversation: its messages in their order."""
        found = {}
        for conversation in self.conversations:
            connection = await self.log_in(address, conversation.members[0])
            messages, more = [], True
            while more:
                after = messages[-1]["seq"] if messages else 0
                page = await connection.call("history", conversation=conversation.name, after=after, limit=200)
                messages += page["messages"]
                more = page["more"]
            connection.close("done")
            found[conversation.name] = messages
        return found

    def as_json(self):
        return {
            "clients": [{"number": number, "user": user["id"], "device": device}
                        for number, (user, device) in enumerate(self.devices)],
            "conversations": {one.name: [member["id"] for member in one.members] for one in self.conversations}}
