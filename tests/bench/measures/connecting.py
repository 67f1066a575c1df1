"""Connecting: sockets a second from TCP to subscribed, and what each costs while nothing happens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.bench.crowd import Crowd
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.report import Table
from tests.bench.shapes import Shape
from tests.bench.systems import System

_ROOMS, _SOCKETS = 50, 5_000


def connecting(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    shape = Shape(_ROOMS, max(2, pace.count(_SOCKETS) // _ROOMS))
    rows: dict[str, list[dict[str, float]]] = {}
    for _ in range(pace.repetitions):
        for system in systems:
            system.prepare(shape)
            system.start(folder)
            try:
                rows.setdefault(system.name, []).append(run(_measure(system, shape)))
            finally:
                system.stop()
    return rows


async def _measure(system: System, shape: Shape) -> dict[str, float]:
    assert system.process is not None
    warming = Crowd(system, Shape(shape.rooms, 1))  # what the first connections make, the server keeps
    await warming.connect()
    await warming.close()
    before = system.process.memory()
    crowd = Crowd(system, shape)
    begun = perf_counter()
    await crowd.connect()
    seconds = perf_counter() - begun
    await asyncio.sleep(1)
    each = (system.process.memory() - before) / 1024 / (shape.rooms * shape.listeners)
    broken = crowd.faults()
    if broken:
        raise RuntimeError(f"idle sockets did not stay open: {broken}")
    await crowd.close()
    return {
        "sockets": shape.rooms * shape.listeners,
        "connected_per_second": shape.rooms * shape.listeners / seconds,
        "kib_each": each,
    }


def table(rows: dict[str, Any]) -> Table:
    figures = ("sockets", "connected_per_second", "kib_each")
    lines = [[name, *(median(r[figure] for r in results) for figure in figures)] for name, results in rows.items()]
    return Table(
        "Connecting: from TCP to subscribed, and memory while idle", ["system", "sockets", "/s", "KiB each"], lines
    )
