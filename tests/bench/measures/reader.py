"""Reader: what it costs when some of a room's readers stop reading, and when they are cut."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.bench.crowd import Crowd
from tests.bench.loop import run
from tests.bench.opening import open_line
from tests.bench.pace import Pace
from tests.bench.process import Process
from tests.bench.report import Table, ratio
from tests.bench.shapes import Shape
from tests.bench.step import Step, open_step
from tests.bench.systems import Parley, System

_SHAPE, _STOPPED = Shape(1, 20), 5
_RATE = 2_500.0  # about a megabyte a second to each
_SECONDS = 12.0  # long enough for what the kernel keeps for a socket, some megabytes, to fill


@dataclass(frozen=True, slots=True)
class Stopping:
    """The others' step alone, and beside those that stopped. ``cut_s``: from stopping until the server had let go of
    the last of them, None if it had not; ``mib_each``: what its memory grew by at most, for each."""

    alone: Step
    beside: Step
    cut_s: float | None
    mib_each: float


def reader(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    rows: dict[str, list[Stopping]] = {}
    for _ in range(pace.repetitions):
        for system in systems:
            if isinstance(system, Parley):
                system.prepare(Shape(1, _SHAPE.listeners + _STOPPED))
                system.start(folder)
                try:
                    rows.setdefault(system.name, []).append(run(_measure(system)))
                finally:
                    system.stop()
    return rows


async def _measure(system: Parley) -> Stopping:
    assert system.process is not None
    crowd = Crowd(system, _SHAPE)
    await crowd.connect()
    alone = await _step(crowd)
    memory = system.process.resident()
    places = range(_SHAPE.listeners, _SHAPE.listeners + _STOPPED)
    stopped = [await open_line(system.process.port, system.listener(0, place), _StoppedReader) for place in places]
    watching = asyncio.create_task(_watch(system.process, memory))
    beside = await _step(crowd)
    cut, grown = await watching
    for each in stopped:
        each.transport.abort()
    await crowd.close()
    return Stopping(alone, beside, cut, grown / 2**20 / _STOPPED)


async def _step(crowd: Crowd) -> Step:
    return await open_step(crowd, _RATE, seconds=_SECONDS - 1, warm_up=1)


class _StoppedReader(asyncio.Protocol):
    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport  # kept, or nobody would hold the socket open
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        transport.pause_reading()


async def _watch(process: Process, before: int) -> tuple[float | None, int]:
    """When the server had let go of those that stopped, and how far memory had grown from ``before`` until then."""
    begun, grown, open_files = perf_counter(), 0, process.files()
    while (seconds := perf_counter() - begun) < _SECONDS + 5:
        grown = max(grown, process.resident() - before)
        open_files = max(open_files, process.files())
        if process.files() <= open_files - _STOPPED:
            return seconds, grown
        await asyncio.sleep(0.1)
    return None, grown


def table(rows: dict[str, Any]) -> Table:
    lines = []
    for name, results in rows.items():
        alone, beside = (median(getattr(r, which).p99 for r in results) for which in ("alone", "beside"))
        cut = [r.cut_s for r in results]
        slowest = None if None in cut else max(cut)
        missing = sum(r.beside.missing for r in results)
        lines.append([name, max(r.mib_each for r in results), slowest, alone, beside, ratio(beside, alone), missing])
    heads = ["system", "MiB each", "cut after s", "others' p99 alone", "beside", "ratio", "others lost"]
    return Table(
        "Readers that stop reading: at worst what one costs; the others' delivery latencies in ms", heads, lines
    )
