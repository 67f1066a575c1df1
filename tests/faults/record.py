"""What was acknowledged, what is stored, what was heard: written down during a fault and compared after it.

The promise: each acknowledged message is in the history exactly once, the history counts 1, 2, 3 ... without a
hole, and every subscriber hears all of it once and in order, over however many connections.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.faults.stage import StageTenant
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.sockets import open_socket

Frame = dict[str, Any]
_GONE = (websockets.WebSocketException, OSError, TimeoutError)
_ANSWER_SECONDS = 30.0
_BREATH = 0.1


class Record:
    """One room's conversation."""

    def __init__(self, tenant: StageTenant, room: str = "general") -> None:
        self.tenant = tenant
        self.room = room
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.acks_by: Counter[LiveServer] = Counter()
        self.refused: Counter[str] = Counter()
        self.subscribers: list[Subscriber] = []
        self.senders: list[Sender] = []

    def acknowledge(self, client_id: str, answer: Frame) -> None:
        """An ack; a second one for the same message must say the same."""
        said = (answer["id"], answer["seq"])
        assert self.acknowledged.setdefault(client_id, said) == said, f"{client_id} was acknowledged twice"

    @property
    def head(self) -> int:
        return max((seq for _, seq in self.acknowledged.values()), default=0)

    def all_level(self) -> bool:
        """Whether every subscriber has heard up to the last acknowledged message."""
        return all(subscriber.last_seq >= self.head for subscriber in self.subscribers)

    async def level(self, seconds: float) -> None:
        """Wait until ``all_level``."""
        try:
            await eventually(self.all_level, seconds)
        except TimeoutError:
            behind = [subscriber.last_seq for subscriber in self.subscribers]
            raise AssertionError(f"after {seconds} s {self.head} is acknowledged, and heard is {behind}") from None

    async def check(self, server: LiveServer) -> list[Frame]:
        """Compare all three. Returns the history."""
        history = await asyncio.to_thread(self._history, server)
        assert [message["seq"] for message in history] == list(range(1, len(history) + 1)), "the history has a hole"
        stored = Counter(message["client_id"] for message in history)
        assert max(stored.values(), default=1) == 1, "a message is stored twice"
        places = {message["client_id"]: (message["id"], message["seq"]) for message in history}
        lost = self.acknowledged.items() - places.items()
        assert not lost, f"acknowledged, and missing or elsewhere: {len(lost)} messages"
        for sender in self.senders:
            own = [message["client_id"] for message in history if message["user"]["id"] == sender.name]
            assert own == [sender.client_id(number) for number in range(sender.sent)], f"{sender.name}'s order is lost"
        expected = [(message["seq"], message["id"]) for message in history]
        for subscriber in self.subscribers:
            heard = [(frame["seq"], frame["message"]["id"]) for frame in subscriber.heard]
            assert heard == expected[: len(heard)], f"{subscriber.name} heard something else"
            assert subscriber.last_seq >= self.head, f"{subscriber.name} has not heard everything"
        return history

    def _history(self, server: LiveServer) -> list[Frame]:
        client = as_user(server, self.tenant, "historian")  # type: ignore[arg-type]
        messages: list[Frame] = []
        while True:
            page = client.get(f"/api/v1/rooms/{self.room}/messages?limit=200&after_seq={len(messages)}").json["data"]
            if not page:
                return messages
            messages += page


class Subscriber:
    """Hears the room from seq 1 on, over as many connections as it takes, to whichever server lets it in."""

    def __init__(self, record: Record, name: str, servers: Iterable[LiveServer]) -> None:
        self.record = record
        self.name = name
        self.heard: list[Frame] = []
        self.closes: list[int] = []
        self.away: list[float] = []
        """Seconds without a socket, each time until the resumed subscription was answered."""
        self.server: LiveServer | None = None
        self.subscribed = asyncio.Event()
        self._epoch: str | None = None
        self._lost_at: float | None = None
        self._servers = itertools.cycle(servers)

    @property
    def last_seq(self) -> int:
        return self.heard[-1]["seq"] if self.heard else 0

    async def run(self) -> None:
        for server in self._servers:
            with suppress(*_GONE):
                async with _greeted(server, self.record.tenant, self.name) as socket:
                    self.server = server
                    await self._listen(socket)
            self.server = None
            await asyncio.sleep(_BREATH)

    async def _listen(self, socket: ClientConnection) -> None:
        subscribe = {"type": "room.subscribe", "ref": 1, "room": self.record.room, "since": self.last_seq}
        if self._epoch is not None:
            subscribe["epoch"] = self._epoch
        await socket.send(json.dumps(subscribe))
        try:
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "message.created":
                    self.heard.append(frame)
                elif frame.get("ref") == 1:
                    assert frame["type"] == "ok" or frame["code"] in {"unavailable", "busy"}, frame
                    if frame["type"] != "ok":
                        return
                    assert not frame["more"], "away for too long: more was missed than one replay holds"
                    self._epoch = frame["epoch"]
                    self._note_return()
                    self.subscribed.set()
        finally:
            if socket.close_code is not None:
                self.closes.append(socket.close_code)
                self._lost_at = self._lost_at or monotonic()

    def _note_return(self) -> None:
        if self._lost_at is not None:
            self.away.append(monotonic() - self._lost_at)
            self._lost_at = None


class Sender:
    """Sends until told to stop; repeats with the same ``client_id`` whatever was not answered, or refused for now."""

    def __init__(self, record: Record, name: str, servers: Iterable[LiveServer], pause: float = 0.01) -> None:
        self.record = record
        self.name = name
        self.sent = 0
        self.server: LiveServer | None = None
        self._servers = itertools.cycle(servers)
        self._pause = pause
        self._ending = False
        self._under_way = False

    def finish(self) -> None:
        """Stop once the message under way is acknowledged."""
        self._ending = True

    def client_id(self, number: int) -> str:
        """Of the message that is sent after ``number`` others."""
        return f"{self.name}-{number}"

    async def run(self) -> None:
        for server in self._servers:
            with suppress(*_GONE):
                async with _greeted(server, self.record.tenant, self.name) as socket:
                    self.server = server
                    await self._converse(socket)
                    return
            self.server = None
            await asyncio.sleep(_BREATH)

    async def _converse(self, socket: ClientConnection) -> None:
        while self._under_way or not self._ending:
            self._under_way = True
            await self._send(socket, self.client_id(self.sent))
            self.sent += 1
            self._under_way = False
            await asyncio.sleep(self._pause)

    async def _send(self, socket: ClientConnection, client_id: str) -> None:
        while True:
            answer = await send(socket, self.record.room, client_id)
            if answer["type"] == "ok":
                self.record.acknowledge(client_id, answer)
                self.record.acks_by[self.server] += 1
                return
            assert answer["code"] in {"unavailable", "busy", "maintenance"}, answer
            self.record.refused[answer["code"]] += 1
            await asyncio.sleep(_BREATH)


async def send(socket: ClientConnection, room: str, client_id: str) -> Frame:
    """Send one message on a socket without subscriptions; its answer."""
    command = {"type": "message.send", "ref": client_id, "room": room, "text": client_id, "client_id": client_id}
    await socket.send(json.dumps(command))
    while True:
        answer: Frame = json.loads(await asyncio.wait_for(socket.recv(), _ANSWER_SECONDS))
        if answer.get("ref") == client_id:
            return answer


@asynccontextmanager
async def _greeted(server: LiveServer, tenant: StageTenant, name: str) -> AsyncIterator[ClientConnection]:
    protocols = ["parley.v1", f"bearer.{tenant.token(name)}"]
    async with open_socket(server, tenant.host, subprotocols=protocols, close_timeout=1) as socket:
        hello = json.loads(await asyncio.wait_for(socket.recv(), _ANSWER_SECONDS))
        if hello["type"] != "hello":
            raise OSError(f"not let in: {hello}")
        yield socket


@asynccontextmanager
async def conversation(
    record: Record, *, senders: Iterable[Iterable[LiveServer]], subscribers: Iterable[Iterable[LiveServer]]
) -> AsyncIterator[None]:
    """Talk in the background while the block lasts, then let everybody finish. Each sender and subscriber is given
    the servers that it goes to, in turn."""
    record.subscribers += [Subscriber(record, f"listener{i}", each) for i, each in enumerate(subscribers)]
    record.senders += [Sender(record, f"sender{i}", each) for i, each in enumerate(senders)]
    listening = [asyncio.create_task(subscriber.run()) for subscriber in record.subscribers]
    for subscriber in record.subscribers:
        await asyncio.wait_for(subscriber.subscribed.wait(), _ANSWER_SECONDS)
    talking = [asyncio.create_task(sender.run()) for sender in record.senders]
    try:
        yield
        for sender in record.senders:
            sender.finish()
        await asyncio.wait_for(asyncio.gather(*talking), 60)
        await record.level(10)
    finally:
        for task in (*listening, *talking):
            task.cancel()
        for end in await asyncio.gather(*listening, *talking, return_exceptions=True):
            if isinstance(end, Exception):
                raise end


async def eventually(fact: Callable[[], bool], seconds: float) -> None:
    """Wait until ``fact()`` holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not fact():
            await asyncio.sleep(0.02)
