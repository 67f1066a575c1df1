"""Neighbour: what tenant B notices of tenant A, whose users all send at ten times their limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tests.bench.crowd import Crowd
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.report import Table, ratio
from tests.bench.schedule import Schedule, play
from tests.bench.shapes import Shape
from tests.bench.step import Step, open_step
from tests.bench.systems import Parley, System

_LIMIT, _EXCESS = 10, 10
_QUIET, _LOUD = Shape(20, 10), Shape(1, 20)
_QUIET_RATE = 100.0  # messages a second over B's rooms


@dataclass(frozen=True, slots=True)
class Pair:
    """B's step alone, and beside A; what became of A's messages."""

    alone: Step
    beside: Step
    loud_sent: int
    loud_refused: int
    loud_closed: int


def neighbour(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    rows: dict[str, list[Pair]] = {}
    for _ in range(pace.repetitions):
        for quiet in systems:
            if isinstance(quiet, Parley):
                rows.setdefault(quiet.name, []).append(_measure(quiet, pace, folder))
    return rows


def _measure(quiet: Parley, pace: Pace, folder: Path) -> Pair:
    loud = quiet.neighbour(sends_per_second=_LIMIT)
    quiet.prepare(_QUIET)
    loud.prepare(_LOUD)
    loud.process = quiet.start(folder)
    try:
        return run(_steps(quiet, loud, pace))
    finally:
        quiet.stop()


async def _steps(quiet: Parley, loud: Parley, pace: Pace) -> Pair:
    crowd, noise = Crowd(quiet, _QUIET), Crowd(loud, _LOUD)
    await crowd.connect()
    await noise.connect()
    alone = await _step(crowd, pace)
    making = asyncio.create_task(_make_noise(noise, 2 * (pace.warm_up + pace.seconds)))
    await asyncio.sleep(pace.warm_up)  # until A has used up its burst
    beside = await _step(crowd, pace)
    sent = await making
    refused = sum(sum(speaker.refusals.values()) for speaker in noise.speakers)
    closed = sum(bool(speaker.fault) for speaker in noise.speakers)
    await crowd.close()
    await noise.close()
    return Pair(alone, beside, sent, refused, closed)


async def _step(crowd: Crowd, pace: Pace) -> Step:
    return await open_step(crowd, _QUIET_RATE, seconds=pace.seconds, warm_up=pace.warm_up)


async def _make_noise(noise: Crowd, seconds: float) -> int:
    rate = _LIMIT * _EXCESS * len(noise.speakers)
    schedule = Schedule(perf_counter(), rate, seconds)
    return await play(schedule, lambda place, due: noise.send(0, due), hopeless=lambda now: False)


def table(rows: dict[str, Any]) -> Table:
    lines = []
    for name, pairs in rows.items():
        alone, beside = (median(getattr(pair, which).p99 for pair in pairs) for which in ("alone", "beside"))
        lost = sum(pair.beside.missing + sum(pair.beside.faults.values()) for pair in pairs)
        refused = sum(pair.loud_refused for pair in pairs) / sum(pair.loud_sent for pair in pairs)
        lines.append([name, alone, beside, ratio(beside, alone), lost, refused])
    heads = ["system", "B's p99 alone", "beside A", "ratio", "B lost", "A refused (share)"]
    return Table("Noisy neighbour: A at ten times its limit; B's delivery latencies in ms", heads, lines)
