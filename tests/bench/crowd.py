"""Crowd: everybody who listens and sends, connected."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from functools import partial
from itertools import count
from time import perf_counter
from typing import Any, TypeVar

from tests.bench.histogram import Histogram
from tests.bench.listener import Listener
from tests.bench.opening import open_line
from tests.bench.shapes import Shape
from tests.bench.speaker import Speaker
from tests.bench.stream import Stream
from tests.bench.systems.system import System

_AT_ONCE = 32  # connections that are opened at a time
_QUIET_SECONDS = 1.0
_refs = count()  # over all crowds: a client_id that came before would be a repeat, stored and delivered once
Result = TypeVar("Result")


class Crowd:
    def __init__(self, system: System, shape: Shape) -> None:
        self.system = system
        self.shape = shape
        self.streams = [Stream(room, system.delivery_begins, system.read) for room in range(shape.rooms)]
        self.rooms: list[list[Listener]] = []

    @property
    def listeners(self) -> Iterator[Listener]:
        return (listener for room in self.rooms for listener in room)

    @property
    def speakers(self) -> list[Speaker]:
        return [listener for listener in self.listeners if isinstance(listener, Speaker)]

    async def connect(self) -> None:
        self.rooms = [[] for _ in self.streams]
        await together(self._join(stream, place) for place in range(self.shape.listeners) for stream in self.streams)
        for room in self.rooms:
            room.sort(key=lambda listener: not isinstance(listener, Speaker))

    async def _join(self, stream: Stream, place: int) -> None:
        make: Callable[[asyncio.Transport], Listener] = partial(Listener, stream=stream, answers=self.system.answers)
        if self.system.acknowledges and place < self.shape.speakers:
            make = partial(
                Speaker,
                stream=stream,
                answers=self.system.answers,
                begins=self.system.answer_begins,
                read_answer=self.system.read_answer,
            )
        self.rooms[stream.room].append(await open_line(self._port, self.system.listener(stream.room, place), make))

    @property
    def _port(self) -> int:
        assert self.system.process is not None
        return self.system.process.port

    async def close(self) -> None:
        for line in self.listeners:
            line.transport.abort()
        await asyncio.sleep(0.1)

    # Sending

    def send(self, room: int, due: float) -> None:
        """One message into a room. A room's messages take turns over the senders that it has."""
        number = self.streams[room].expect(due)
        ref = next(_refs)
        payload = self.system.message(room, number, ref)
        # Without answers and seq, a room's order is that of its one sender.
        speaker = self.rooms[room][number % self.shape.speakers if self.system.acknowledges else 0]
        if isinstance(speaker, Speaker):
            speaker.say(payload, ref, due)
        else:
            speaker.send(payload)

    # Standing

    def lag(self, now: float) -> float:
        """Seconds for which the oldest message has been due that somebody waits for."""
        return max(now - stream.waiting_since(self.rooms[stream.room][-1].offset) for stream in self.streams)

    @property
    def settled(self) -> bool:
        """Whether everybody has heard everything and every message is answered."""
        return (
            not any(stream.undelivered for stream in self.streams)
            and not any(speaker.unanswered for speaker in self.speakers)
            and all(listener.level for listener in self.listeners)
        )

    async def settle(self, patience: float) -> bool:
        """Wait until ``settled``; give up when for a second nothing has come, or after ``patience`` seconds."""
        deadline = perf_counter() + patience
        heard, quiet_since = -1, perf_counter()
        while not self.settled:
            now = perf_counter()
            if (total := self._heard()) != heard:
                heard, quiet_since = total, now
            if now > deadline or now - quiet_since > _QUIET_SECONDS:
                return False
            await asyncio.sleep(0.02)
        return True

    def _heard(self) -> int:
        return sum(len(listener.heard) for listener in self.listeners) + sum(len(s.answers) for s in self.speakers)

    def reset(self) -> None:
        """Begin a new count. Only when settled and checked."""
        for line in self.listeners:
            line.reset()
        for stream in self.streams:
            stream.reset()

    # What came of it

    def check(self) -> None:
        """Read what has come: not while it comes, for that takes the time of those who are measured."""
        for checked in (*self.streams, *self.speakers):
            checked.check()

    def faults(self) -> Counter[str]:
        """What went wrong, except for what is missing."""
        found = Counter(each.fault for each in (*self.streams, *self.listeners) if each.fault)
        for speaker in self.speakers:
            found.update({f"refused: {code}": times for code, times in speaker.refusals.items()})
        return +found

    def missing(self) -> int:
        """Deliveries that should have come and have not."""
        return sum(
            (len(stream.ends) + stream.undelivered - stream.frames_before(listener.offset))
            for stream in self.streams
            for listener in self.rooms[stream.room]
        )

    def latencies(self, since: float) -> Histogram:
        """Of all deliveries of messages due from then on: from due to heard."""
        histogram = Histogram()
        for listener in self.listeners:
            due, before = listener.stream.due, 0
            for moment, offset in listener.heard:
                heard = listener.stream.frames_before(offset)
                for wanted in due[before:heard]:
                    if wanted >= since:
                        histogram.add(moment - wanted)
                before = heard
        return histogram

    def deliveries(self, begin: float, end: float) -> int:
        """How many were heard between two moments."""
        return sum(listener.heard_by(end) - listener.heard_by(begin) for listener in self.listeners)

    def answers(self) -> Histogram:
        """From due to answered, of all messages of the count."""
        histogram = Histogram()
        for speaker in self.speakers:
            histogram.join(speaker.latencies)
        return histogram


async def together(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run all, a few at a time; results in order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(coroutine: Coroutine[Any, Any, Result]) -> Result:
        async with gate:
            return await coroutine

    return await asyncio.gather(*map(one, work))
