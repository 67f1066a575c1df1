"""Hours of faults that a server survives leave nothing behind in it: no memory, no files, no connections."""

from __future__ import annotations

import asyncio
from statistics import linear_regression
from time import monotonic
from typing import NamedTuple

import psutil
import pytest

from tests.bench.cores import raise_file_limit
from tests.faults.crowd import Scale, seeded
from tests.faults.faults import PASSING, flush_valkey, hang_up_all_at_once
from tests.faults.stage import Stage
from tests.faults.storm import Storm, storm
from tests.support.proving import PATIENCE, PROVING, amount, noted, seconds

SCALE = Scale(amount(1, 4), senders=amount(1, 2), listeners=amount(3, 16), pause=0.2)
FAULTS = PASSING if PROVING else (flush_valkey, hang_up_all_at_once)
_LOOK_SECONDS = 5.0
_WARM = 0.25  # of the time: by then it has made what it makes once
_REST_SECONDS = 30.0 if PROVING else 2.0
_MIB, _HOUR = 1 << 20, 3_600
_STEEPEST = 1.0  # MiB an hour
_LEFT = 1.1  # times what it had before


class Usage(NamedTuple):
    """What one server process uses, in bytes and numbers."""

    moment: float
    memory: int
    files: int
    connections: int


@pytest.mark.timeout(PATIENCE)
async def test_what_survives_faults_keeps_its_memory_files_and_connections(
    stage: Stage, record_property: object
) -> None:
    """What is used is judged in the long run only: in a short one pools and memory are still warming up, and what is
    judged is what people were told."""
    raise_file_limit()
    async with storm(stage, seeded(), SCALE) as standing:
        await _live_through(standing, seconds(1, 2))
        before = await _at_rest(standing)
        standing.another_crowd()
        usages: list[Usage] = []
        watching = asyncio.create_task(_watch(standing, usages))
        await _live_through(standing, seconds(1, 120))
        watching.cancel()
        after = await _at_rest(standing)
    noted(record_property, "messages acknowledged", standing.crowd.acks)
    noted(record_property, "events delivered", standing.crowd.deliveries)
    noted(record_property, "faults", standing.struck.total())
    for field in ("memory", "files", "connections"):
        noted(record_property, f"{field} at rest before", getattr(before, field))
        noted(record_property, f"{field} at rest after", getattr(after, field))
    if PROVING:
        assert after.files <= _LEFT * before.files
        assert after.connections <= _LEFT * before.connections
        slope = _slope(usages)
        noted(record_property, "memory slope after warm-up, MiB an hour", slope)
        assert after.memory <= _LEFT * before.memory
        assert slope <= _STEEPEST


async def _live_through(standing: Storm, lasting: float) -> None:
    async with standing.crowd.talking():
        await standing.rage(lasting, FAULTS)
    await standing.crowd.check()


async def _watch(standing: Storm, usages: list[Usage]) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        usages.append(await asyncio.to_thread(_usage, standing))


async def _at_rest(standing: Storm) -> Usage:
    """When everybody has gone and what was closed for good is closed."""
    await asyncio.sleep(_REST_SECONDS)
    return await asyncio.to_thread(_usage, standing)


def _usage(standing: Storm) -> Usage:
    process = psutil.Process(standing.plain.pid)
    connections = len(process.net_connections("all"))
    return Usage(monotonic(), process.memory_full_info().uss, process.num_fds(), connections)


def _slope(usages: list[Usage]) -> float:
    """MiB an hour."""
    warm = usages[int(len(usages) * _WARM) :]
    line = linear_regression([usage.moment for usage in warm], [usage.memory for usage in warm])
    return line.slope * _HOUR / _MIB
