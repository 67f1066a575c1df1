"""History: pages of fifty messages a second over REST, with a user token, from a room of ten thousand."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from pydantic_core import from_json

from chat.models import Message, Room
from tenants.scope import tenant_scope
from tests.bench.asker import Asker, BadAnswer
from tests.bench.histogram import Histogram
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.report import Table
from tests.bench.shapes import Shape
from tests.bench.systems import Parley, System

_MESSAGES, _PAGE, _CONNECTIONS = 10_000, 50, 8
_SHAPE = Shape(1, 1)


def history(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    """Eight connections, each asking for the page before a random message as soon as it has the last one."""
    rows: dict[str, list[dict[str, float | None]]] = {}
    for _ in range(pace.repetitions):
        for system in systems:
            if isinstance(system, Parley):
                rows.setdefault(system.name, []).append(_measure(system, pace, folder))
    return rows


def _measure(system: Parley, pace: Pace, folder: Path) -> dict[str, float | None]:
    system.prepare(_SHAPE)
    with tenant_scope(system.tenancy):
        _fill("r0", "u0-0")
    system.start(folder)
    try:
        return run(_ask(system, pace))
    finally:
        system.stop()


def _fill(room: str, author: str) -> None:
    Message.objects.bulk_create(
        (
            Message(room_id=room, seq=seq, changed_seq=seq, user_id=author, text="a line of talk ".ljust(100, "."))
            for seq in range(1, _MESSAGES + 1)
        ),
        batch_size=1_000,
    )
    Room.objects.filter(id=room).update(last_seq=_MESSAGES)


async def _ask(system: Parley, pace: Pace) -> dict[str, float | None]:
    assert system.process is not None
    askers = [await _connect(system.process.port) for _ in range(_CONNECTIONS)]
    await asyncio.gather(*(_read_pages(system, asker, pace.warm_up) for asker in askers))
    for asker in askers:
        asker.latencies = Histogram()
    begun = perf_counter()
    await asyncio.gather(*(_read_pages(system, asker, pace.seconds) for asker in askers))
    seconds = perf_counter() - begun
    latencies = Histogram()
    for asker in askers:
        latencies.join(asker.latencies)
        asker.close()
    return {
        "pages_per_second": latencies.total / seconds,
        "p50": latencies.percentile(0.5),
        "p99": latencies.percentile(0.99),
    }


async def _connect(port: int) -> Asker:
    _, asker = await asyncio.get_running_loop().create_connection(Asker, "127.0.0.1", port)
    return asker


async def _read_pages(system: Parley, asker: Asker, seconds: float) -> None:
    assert system.process is not None
    head = f"Host: {system.tenancy.host}:{system.process.port}\r\nAuthorization: Bearer {system.token('u0-0')}\r\n\r\n"
    end = perf_counter() + seconds
    while perf_counter() < end:
        before = random.randint(_PAGE + 1, _MESSAGES)
        path = f"/api/v1/rooms/r0/messages?limit={_PAGE}&before_seq={before}"
        page = from_json(await asker.ask(f"GET {path} HTTP/1.1\r\n{head}".encode()))
        if [message["seq"] for message in page["data"]] != list(range(before - _PAGE, before)):
            raise BadAnswer(f"not the page before {before}: {page}")


def table(rows: dict[str, Any]) -> Table:
    figures = ("pages_per_second", "p50", "p99")
    lines = [[name, *(median(r[figure] for r in results) for figure in figures)] for name, results in rows.items()]
    return Table(
        "History: pages of fifty over REST, eight at a time; latencies in ms",
        ["system", "pages/s", "p50", "p99"],
        lines,
    )
