"""Purge: five million messages are removed by the night's retention while people go on chatting in the same rooms."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connections

from chat.commands.indexing import index_tenant
from tenants.connections import close_pool
from tenants.routers import TENANT
from tenants.scope import tenant_scope
from tests.bench.cores import unpin
from tests.bench.crowd import Crowd
from tests.bench.filled import fill_room
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.process import ROOT, child_environment
from tests.bench.report import Table, ratio
from tests.bench.schedule import Schedule, play
from tests.bench.shapes import Shape
from tests.bench.systems import Parley, System

_MESSAGES = 5_000_000
_SHAPE, _RATE = Shape(20, 5), 100.0
_SLICES = 5
_QUIET = 4  # times the pace's seconds without
_MOST_SECONDS, _SETTLE_SECONDS = 3_600.0, 15.0


@dataclass
class Phase:
    """Sends from due to answered (ms), beside ``removed`` messages that went meanwhile."""

    removed: int
    seconds: float
    p50: float | None
    p99: float | None
    wrong: int


def purge(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    return {system.name: _measure(system, pace, folder) for system in systems if isinstance(system, Parley)}


def _measure(system: Parley, pace: Pace, folder: Path) -> list[dict[str, Any]]:
    system.prepare(_SHAPE)
    cuts = _fill(system, pace.count(_MESSAGES) // _SHAPE.rooms)
    system.start(folder)
    try:
        return run(_phases(system, cuts, pace))
    finally:
        system.stop()


def _fill(system: Parley, each: int) -> list[datetime]:
    """What was said long ago, in search's blocks as the worker puts it there; the moments that cut it into slices."""
    with tenant_scope(system.tenancy), connections[TENANT].cursor() as cursor:
        for room in range(_SHAPE.rooms):
            fill_room(cursor, f"r{room}", each, f"u{room}-0")
        cursor.execute("SELECT now()")
        [end] = cursor.fetchone()
    run(_index(system))
    with tenant_scope(system.tenancy), connections[TENANT].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return [end - timedelta(seconds=each - each * done / _SLICES) for done in range(1, _SLICES + 1)]


async def _index(system: Parley) -> None:
    with tenant_scope(system.tenancy):
        await index_tenant("simple")
    await close_pool()


async def _phases(system: Parley, cuts: list[datetime], pace: Pace) -> list[dict[str, Any]]:
    """Slice by slice, each beside as much time without; the first seconds do not count."""
    crowd = Crowd(system, _SHAPE)
    await crowd.connect()
    quiet = _QUIET * pace.seconds
    with _worker(system.tenancy.schema_name) as worker:
        await _beside(crowd, asyncio.sleep(pace.seconds, 0))
        phases = []
        for cut in cuts:
            phases.append(await _beside(crowd, asyncio.sleep(quiet, 0)))
            phases.append(await _beside(crowd, asyncio.to_thread(_remove, worker, cut)))
    await crowd.close()
    return [asdict(phase) for phase in phases]


async def _beside(crowd: Crowd, work: Coroutine[Any, Any, int]) -> Phase:
    """The chat goes on until the work is done."""
    crowd.reset()
    begun, working = perf_counter(), asyncio.create_task(work)
    await play(
        Schedule(begun, _RATE, _MOST_SECONDS),
        lambda place, due: crowd.send(place % _SHAPE.rooms, due),
        hopeless=lambda now: working.done(),
    )
    seconds = perf_counter() - begun
    await crowd.settle(_SETTLE_SECONDS)
    crowd.check()
    answered, wrong = crowd.answers(), crowd.missing() + sum(crowd.faults().values())
    return Phase(await working, seconds, answered.percentile(0.5), answered.percentile(0.99), wrong)


@contextmanager
def _worker(schema: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.purging", schema]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=child_environment(), stdin=pipe, stdout=pipe, text=True) as child:
        unpin(child.pid)
        yield child


def _remove(worker: subprocess.Popen[str], before: datetime) -> int:
    assert worker.stdin is not None
    assert worker.stdout is not None
    print(before.isoformat(), file=worker.stdin, flush=True)
    return int(worker.stdout.readline())


def table(rows: dict[str, Any]) -> Table:
    lines: list[list[Any]] = []
    for name, phases in rows.items():
        without, beside = (_together(part) for part in (phases[::2], phases[1::2]))
        rate = beside["removed"] / beside["seconds"]
        lines.append([f"{name}: without", without["p50"], without["p99"], None, None, without["wrong"]])
        p99 = ratio(beside["p99"], without["p99"])
        lines.append([f"{name}: beside", beside["p50"], beside["p99"], p99, rate, beside["wrong"]])
    heads = ["", "p50", "p99", "ratio", "removed a second", "wrong"]
    return Table(f"Purge of {_MESSAGES:,} messages; sends from due to answered in ms", heads, lines)


def _together(phases: list[dict[str, Any]]) -> dict[str, float]:
    found = {what: median(phase[what] for phase in phases) for what in ("p50", "p99")}
    return found | {what: sum(phase[what] for phase in phases) for what in ("removed", "seconds", "wrong")}
