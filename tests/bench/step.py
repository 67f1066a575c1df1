"""Step: a few seconds of load, and what was measured in them."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time

from tests.bench.crowd import Crowd
from tests.bench.listener import Listener
from tests.bench.schedule import Schedule, play
from tests.bench.stream import Stream

_HOPELESS_SECONDS = 1.5  # behind by so much, a step is lost and only makes a longer queue
_SETTLE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Step:
    """Latencies in ms, of messages due after the warm-up; None where there are none. ``whole``: nothing missing,
    nothing wrong. The CPU figures are shares of a core, save ``cpu_per_million``: seconds of the server for a million
    deliveries, or answers where nobody listens."""

    loop: str
    messages_per_second: float
    deliveries_per_second: float
    p50: float | None
    p99: float | None
    answer_p50: float | None
    answer_p99: float | None
    missing: int
    faults: dict[str, int]
    server_cpu: float
    load_cpu: float
    cpu_per_million: float

    @property
    def whole(self) -> bool:
        return not self.missing and not self.faults


async def open_step(crowd: Crowd, rate: float, *, seconds: float, warm_up: float) -> Step:
    """Messages at a fixed rate over all rooms in turn, whatever comes back."""
    crowd.reset()
    rooms = crowd.shape.rooms
    schedule = Schedule(perf_counter() + 0.05, rate, warm_up + seconds)
    with _watched(crowd) as watch:
        sent = await play(
            schedule,
            lambda place, due: crowd.send(place % rooms, due),
            lambda now: crowd.lag(now) > _HOPELESS_SECONDS,
        )
        await crowd.settle(_SETTLE_SECONDS)
    unsent = schedule.messages - sent
    return watch.step(
        "open", rate, rate * crowd.shape.listeners, schedule.start + warm_up, unsent * crowd.shape.listeners
    )


async def closed_step(crowd: Crowd, *, seconds: float, warm_up: float) -> Step:
    """A fixed number of messages under way in each room: the next goes out when the last listener has one."""
    crowd.reset()
    each = max(1, crowd.shape.in_flight // crowd.shape.rooms)
    begin = perf_counter() + warm_up
    end = begin + seconds
    with _watched(crowd) as watch:
        for stream in crowd.streams:
            crowd.rooms[stream.room][-1].on_progress = _Refill(crowd, stream, end)
            for _ in range(each):
                crowd.send(stream.room, perf_counter())
        await asyncio.sleep(warm_up + seconds)
        await crowd.settle(_SETTLE_SECONDS)
    for room in crowd.rooms:
        room[-1].on_progress = None
    deliveries = crowd.deliveries(begin, end) / seconds
    return watch.step("closed", deliveries / crowd.shape.listeners, deliveries, begin)


class _Refill:
    """Sends into a room what its last listener has heard, until ``end``."""

    def __init__(self, crowd: Crowd, stream: Stream, end: float) -> None:
        self._crowd, self._stream, self._end = crowd, stream, end
        self._heard = 0

    def __call__(self, listener: Listener) -> None:
        heard = self._stream.frames_before(listener.offset)
        now = perf_counter()
        if now < self._end:
            for _ in range(heard - self._heard):
                self._crowd.send(self._stream.room, now)
        self._heard = heard


class _Watch:
    """What server and load generator spend between ``begin`` and ``end``."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._begun = self._spent()

    def _spent(self) -> tuple[float, float, float]:
        process = self._crowd.system.process
        return perf_counter(), process.cpu_seconds() if process else 0.0, process_time()

    def end(self) -> None:
        self._spending = [now - before for now, before in zip(self._spent(), self._begun, strict=True)]

    def step(self, loop: str, messages: float, deliveries: float, since: float, unsent: int = 0) -> Step:
        crowd = self._crowd
        crowd.check()
        seconds, server, load = self._spending
        latencies, answers = crowd.latencies(since), crowd.answers()
        heard = sum(crowd.streams[x.stream.room].frames_before(x.offset) for x in crowd.listeners)
        return Step(
            loop=loop,
            messages_per_second=messages,
            deliveries_per_second=deliveries,
            p50=latencies.percentile(0.5),
            p99=latencies.percentile(0.99),
            answer_p50=answers.percentile(0.5),
            answer_p99=answers.percentile(0.99),
            missing=crowd.missing() + unsent,
            faults=dict(crowd.faults().most_common(5)),
            server_cpu=server / seconds,
            load_cpu=load / seconds,
            cpu_per_million=server / heard * 1e6 if heard else 0.0,
        )


@contextmanager
def _watched(crowd: Crowd) -> Iterator[_Watch]:
    gc.collect()
    gc.freeze()
    gc.disable()
    watch = _Watch(crowd)
    try:
        yield watch
    finally:
        watch.end()
        gc.enable()
