"""Record: a room's people, who send and listen at servers that come and go, and the ledger of what they were told."""

from __future__ import annotations

import asyncio
import itertools
import random
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, NamedTuple

from tests.faults.ledger import DURABLE, Ear, Ledger
from tests.faults.line import Line, connect
from tests.faults.stage import StageTenant
from tests.support.http import as_user
from tests.support.server import LiveServer

Frame = dict[str, Any]
_GONE = (OSError, TimeoutError)
_FOR_NOW = frozenset({"unavailable", "busy", "maintenance"})
_PATIENCE = 30.0
_LEVEL_SECONDS = 20.0
_BREATH = 0.1
_EVERY = 40  # of so many messages, a sender who changes any edits one twice and deletes one


class Record:
    """One room's conversation."""

    def __init__(self, tenant: StageTenant, room: str = "general") -> None:
        self.tenant = tenant
        self.room = room
        self.ledger = Ledger(room, tenant.canary)
        self.acks_by: Counter[LiveServer | None] = Counter()
        self.refused: Counter[str] = Counter()
        self.returns = array("d")
        """Seconds from each subscriber's being cut to its being subscribed again."""
        self.subscribers: list[Subscriber] = []
        self.senders: list[Sender] = []
        self.tasks: list[asyncio.Task[None]] = []

    @property
    def acks(self) -> int:
        """Messages that were acknowledged."""
        return self.ledger.acks

    @property
    def head(self) -> int:
        return self.ledger.head

    def raise_what_was_found(self) -> None:
        """What has ended somebody's run so far: a broken promise, or a refusal that nobody should get."""
        for task in self.tasks:
            if task.done() and not task.cancelled():
                task.result()

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

    async def check(self, server: LiveServer) -> int:
        """Compare acks, what was heard, and the history as a server shows it; the number of its messages."""
        stored = await asyncio.to_thread(lambda: self.ledger.check(self._history(server)))
        for subscriber in self.subscribers:
            subscriber.ear.check()
        return stored

    def _history(self, server: LiveServer) -> Iterator[Frame]:
        client = as_user(server, self.tenant, "historian")  # type: ignore[arg-type]
        after = 0
        while True:
            page = client.get(f"/api/v1/rooms/{self.room}/messages?limit=200&after_seq={after}").json["data"]
            if not page:
                return
            yield from page
            after = page[-1]["seq"]


class Subscriber:
    """Hears the room from seq 1 on, over as many connections as it takes, to whichever server lets it in."""

    def __init__(self, record: Record, name: str, servers: Iterable[LiveServer], breath: float = _BREATH) -> None:
        self.record = record
        self.name = name
        self.ear = Ear(record.ledger)
        self.closes: list[int] = []
        self.server: LiveServer | None = None
        self.subscribed = asyncio.Event()
        self._line: Line | None = None  # None as well once no more of it is to be heard
        self._epoch: str | None = None
        self._cut_at: float | None = None
        self._rests = 0
        """Events of a replay that are still to come, when it does not hold all that was missed."""
        self._servers = itertools.cycle(servers)
        self._breath = breath

    @property
    def last_seq(self) -> int:
        return self.ear.last_seq

    async def run(self) -> None:
        for server in self._servers:
            with suppress(*_GONE):
                line = await connect(server, self.record.tenant, self.name, self._hear, self._answered)
                try:
                    await self._listen(server, line)
                finally:
                    line.hang_up()
            await asyncio.sleep(random.uniform(self._breath / 2, self._breath))

    async def _listen(self, server: LiveServer, line: Line) -> None:
        self._line, self.server = line, server
        epoch = {} if self._epoch is None else {"epoch": self._epoch}
        line.say({"type": "room.subscribe", "ref": 1, "room": self.record.room, "since": self.last_seq, **epoch})
        try:
            await line.ended
        finally:
            self._line = self.server = None
            self._cut_at = self._cut_at or monotonic()
            if line.close_code is not None:
                self.closes.append(line.close_code)

    def _answered(self, answer: Frame) -> None:
        if answer["ref"] != 1:  # why the server is about to close
            return
        if answer["type"] != "ok":
            assert answer["code"] in _FOR_NOW, answer
            self.hang_up()
            return
        self._epoch = answer["epoch"]
        self._rests = answer["replayed"] if answer["more"] else 0
        if self._cut_at is not None:
            self.record.returns.append(monotonic() - self._cut_at)
            self._cut_at = None
        self.subscribed.set()

    def _hear(self, payload: bytes) -> None:
        if self._line is None or not payload.startswith(DURABLE):
            return
        self.ear.hear(payload)
        if self._rests:
            self._rests -= 1
            if not self._rests:  # live events follow, beyond what the replay left out: come back for that first
                self.hang_up()

    def hang_up(self) -> None:
        """Hear no more of this line, and come back."""
        if self._line is not None:
            self._line.hang_up()
            self._line = None


class Sender:
    """Sends until told to stop; repeats with the same ``client_id`` whatever was not answered, or refused for now."""

    def __init__(
        self, record: Record, name: str, servers: Iterable[LiveServer], pause: float = 0.01, *, changes: bool = False
    ) -> None:
        self.record = record
        self.name = name
        self.sent = 0
        self.server: LiveServer | None = None
        self._servers = itertools.cycle(servers)
        self._pause = pause
        self._changes = changes
        self._ending = False
        self._steps = self._all_steps()
        self._step: Step | None = None
        self._last = Place("", 0)

    def finish(self) -> None:
        """Stop once the message under way is acknowledged."""
        self._ending = True

    def client_id(self, number: int) -> str:
        """Of the message that is sent after ``number`` others."""
        return f"{self.name}-{number}"

    async def run(self) -> None:
        for server in self._servers:
            with suppress(*_GONE):
                line = await connect(server, self.record.tenant, self.name, lambda _: None)
                try:
                    self.server = server
                    await self._converse(line)
                    return
                finally:
                    line.hang_up()
                    self.server = None
            await asyncio.sleep(_BREATH)

    async def _converse(self, line: Line) -> None:
        while self._step is not None or not self._ending:
            if self._step is None:
                self._step = next(self._steps)
            answer = await line.ask(**self._step.command)
            if answer["type"] == "ok":
                self._acknowledged(self._step, answer)
                self._step = None
                await asyncio.sleep(self._pause)
            else:
                assert answer["code"] in _FOR_NOW, (self._step, answer)
                self.record.refused[answer["code"]] += 1
                await asyncio.sleep(_BREATH)

    def _all_steps(self) -> Iterator[Step]:
        room, text = self.record.room, self.record.ledger.text
        for number in itertools.count():
            client_id = self.client_id(number)
            yield Step(
                {"kind": "message.send", "room": room, "text": text(client_id), "client_id": client_id}, client_id
            )
            if self._changes and number % _EVERY == 0:
                for edit in (1, 2):
                    said = {"id": self._last.id, "text": text(client_id, edit)}
                    yield Step({"kind": "message.edit", "room": room, **said}, client_id, edit)
            elif self._changes and number % _EVERY == 2:
                yield Step({"kind": "message.delete", "room": room, "id": self._last.id}, client_id)

    def _acknowledged(self, step: Step, answer: Frame) -> None:
        ledger, seq = self.record.ledger, answer["seq"]
        if step.command["kind"] == "message.send":
            ledger.acknowledge(step.client_id, answer["id"], seq)
            self._last = Place(answer["id"], seq)
            self.sent += 1
            self.record.acks_by[self.server] += 1
        elif step.edit:
            ledger.acknowledge_edit(self._last.seq, seq, step.edit)
        else:
            ledger.acknowledge_deletion(self._last.seq, seq)


class Step(NamedTuple):
    """What a sender does next, and again until it is acknowledged."""

    command: Frame
    client_id: str
    edit: int = 0


class Place(NamedTuple):
    id: str
    seq: int


@asynccontextmanager
async def conversation(
    record: Record,
    *,
    senders: Iterable[Iterable[LiveServer]],
    subscribers: Iterable[Iterable[LiveServer]],
    pause: float = 0.01,
    breath: float = _BREATH,
    changes: bool = False,
) -> AsyncIterator[None]:
    """Talk in the background while the block lasts, then let everybody finish.

    Each sender and subscriber is given the servers that it goes to, in turn. ``pause`` is between a sender's messages,
    ``breath`` at most between a subscriber's attempts to come back, in seconds. With ``changes`` senders edit and
    delete some of what they said.
    """
    record.subscribers += [Subscriber(record, f"listener{i}", each, breath) for i, each in enumerate(subscribers)]
    record.senders += [Sender(record, f"sender{i}", each, pause, changes=changes) for i, each in enumerate(senders)]
    record.tasks += [asyncio.create_task(subscriber.run()) for subscriber in record.subscribers]
    try:
        async with asyncio.timeout(_PATIENCE):
            for subscriber in record.subscribers:
                await subscriber.subscribed.wait()
        talking = [asyncio.create_task(sender.run()) for sender in record.senders]
        record.tasks += talking
        yield
        record.raise_what_was_found()
        for sender in record.senders:
            sender.finish()
        await asyncio.wait_for(asyncio.gather(*talking), 2 * _PATIENCE)
        await record.level(_LEVEL_SECONDS)
    finally:
        for task in record.tasks:
            task.cancel()
        await asyncio.wait(record.tasks)
        record.raise_what_was_found()


async def eventually(fact: Callable[[], bool], seconds: float) -> None:
    """Wait until ``fact()`` holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not fact():
            await asyncio.sleep(0.02)
