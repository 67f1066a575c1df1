"""Fleet: 2,000 tenants on one server, beside ten that say as much: their beginning, bringing them along, what sends and
PostgreSQL's connections notice of how many they are."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psutil
import psycopg
from django.db import connections

from tenants.connections import connection_parameters
from tenants.scope import ENTER_SQL
from tests.bench.crowd import Crowd, together
from tests.bench.histogram import Histogram
from tests.bench.loop import run
from tests.bench.measures.provisioning import create, migrate_fleet
from tests.bench.pace import Pace
from tests.bench.process import Process
from tests.bench.report import Table, ratio
from tests.bench.schedule import Schedule, play
from tests.bench.shapes import Shape
from tests.bench.systems import Parley, System

_FEW, _MANY = 10, 2_000
_RATE = 100.0  # messages a second, over the few or over the many
_FIRST_RATE = 40.0  # of each tenant's first message, for which PostgreSQL has to learn its tables
_ROUNDS, _SECONDS = 4, 5  # each of them so many times the pace's
_PLENTY, _TRIES, _HUNDRED = 1_000_000, 10, 100
_SETTLE_SECONDS = 15.0


@dataclass
class Spread:
    """What was said in ``tenants`` tenants: latencies from due to answered (ms) of the first message of each and of
    each round, what went wrong, and the memory (bytes of their own) of the server and of PostgreSQL's processes behind
    it, when it had been said."""

    tenants: int
    first_p99: float | None = None
    p50: list[float | None] = field(default_factory=list)
    p99: list[float | None] = field(default_factory=list)
    wrong: int = 0
    server_bytes: int = 0
    backend_bytes: list[int] = field(default_factory=list)

    def note_memory(self, server: Process | None) -> None:
        assert server is not None
        self.server_bytes = server.memory()
        with psycopg.connect(**connection_parameters()) as connection:
            found = connection.execute(_OTHERS).fetchall()
        self.backend_bytes = [psutil.Process(pid).memory_full_info().uss for (pid,) in found]


_OTHERS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"


def fleet(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    """The tenants are made once; every system of Parley's serves the same."""
    parleys = [system for system in systems if isinstance(system, Parley)]
    if not parleys:
        return {}
    few, _ = _beginnings(parleys[0], _FEW, Shape(pace.count(_MANY) // _FEW, 1))
    entering = {"few": _entering()}
    many, beginnings = _beginnings(parleys[0], pace.count(_MANY), Shape(1, 1))
    entering["many"] = _entering()
    migrating = migrate_fleet()
    spreads = {parley.name: _measure(parley, few, many, pace, folder) for parley in parleys}
    return {"beginnings_ms": beginnings, "entering_ms": entering, "migrating": migrating, "spreads": spreads}


def _beginnings(parley: Parley, count: int, shape: Shape) -> tuple[list[Parley], list[float]]:
    """So many tenants of that shape, and the milliseconds that each took."""
    tenants = [parley.neighbour(sends_per_second=_PLENTY) for _ in range(count)]
    return tenants, [_timed(lambda tenant=tenant: tenant.prepare(shape)) for tenant in tenants]


def _timed(work: Any) -> float:
    begun = perf_counter()
    work()
    return (perf_counter() - begun) * 1_000


def _entering() -> dict[str, list[float]]:
    """Milliseconds until a connection of the server's is in a tenant's scope: PostgreSQL lists all roles that the login
    role may become, once for each process and again whenever that has changed."""
    times: dict[str, list[float]] = {"a process's first": [], "after another tenant came": [], "otherwise": []}
    for _ in range(_TRIES):
        with psycopg.connect(**connection_parameters(), autocommit=True) as connection:
            times["a process's first"].append(_enter(connection))
            create()
            times["after another tenant came"].append(_enter(connection))
            times["otherwise"].append(_enter(connection))
    return times


def _enter(connection: psycopg.Connection[Any]) -> float:
    cursor = connection.execute("SELECT schema_name FROM public.tenants_tenant ORDER BY random() LIMIT 1")
    [schema] = cursor.fetchone() or ()
    taken = _timed(lambda: connection.execute(ENTER_SQL, (schema, schema)))
    connection.execute(ENTER_SQL, ("none", "public"))
    return taken


def _measure(parley: Parley, few: list[Parley], many: list[Parley], pace: Pace, folder: Path) -> list[dict[str, Any]]:
    connections.close_all()  # ours, so that the server's are left
    process = parley.start(folder)
    for tenant in (*few, *many):
        tenant.process = process
    try:
        return run(_spreads(parley, few, many, pace))
    finally:
        parley.stop()


async def _spreads(parley: Parley, few: list[Parley], many: list[Parley], pace: Pace) -> list[dict[str, Any]]:
    """In turns, on as many sockets each. The many come when the few have spoken: memory before is theirs."""
    spreads: list[Spread] = []
    crowds: list[list[Crowd]] = []
    for tenants in (few, many):
        shape = Shape(len(many) // len(tenants), 1)
        spreads.append(Spread(len(tenants)))
        crowds.append([Crowd(tenant, shape) for tenant in tenants])
        await together(crowd.connect() for crowd in crowds[-1])
        first = await _say(spreads[-1], crowds[-1], _FIRST_RATE, len(tenants) / _FIRST_RATE)
        spreads[-1].first_p99 = first.percentile(0.99)
        spreads[-1].note_memory(parley.process)
    for _ in range(_ROUNDS):
        for spread, each in zip(spreads, crowds, strict=True):
            answered = await _say(spread, each, _RATE, _SECONDS * pace.seconds)
            spread.p50.append(answered.percentile(0.5))
            spread.p99.append(answered.percentile(0.99))
    spreads[-1].note_memory(parley.process)
    await together(crowd.close() for crowd in (*crowds[0], *crowds[1]))
    return [asdict(spread) for spread in spreads]


async def _say(spread: Spread, crowds: list[Crowd], rate: float, seconds: float) -> Histogram:
    """One message after the other, in each tenant in turn and there in each room in turn."""
    for crowd in crowds:
        crowd.reset()

    def send(place: int, due: float) -> None:
        turn, tenant = divmod(place, len(crowds))
        crowds[tenant].send(turn % crowds[tenant].shape.rooms, due)

    await play(Schedule(perf_counter() + 0.05, rate, seconds), send, hopeless=lambda now: False)
    await asyncio.gather(*(crowd.settle(_SETTLE_SECONDS) for crowd in crowds))
    answered = Histogram()
    for crowd in crowds:
        crowd.check()
        answered.join(crowd.answers())
        spread.wrong += crowd.missing() + sum(crowd.faults().values())
    return answered


def table(rows: dict[str, Any]) -> Table:
    lines: list[list[Any]] = []
    if rows:
        first, last = (median(part) for part in _ends(rows["beginnings_ms"]))
        lines.append([f"a tenant's beginning, ms: first and last {_HUNDRED}", first, last, ratio(last, first)])
        for what, times in rows["entering_ms"]["few"].items():
            before, after = median(times), median(rows["entering_ms"]["many"][what])
            lines.append([f"entering a tenant, ms: {what}", before, after, ratio(after, before)])
        migrating = rows["migrating"]
        for figure in ("one_migration_s", "nothing_to_do_s"):
            what = figure.removesuffix("_s").replace("_", " ")
            lines.append([f"migrated a second: {what}", None, migrating["tenants"] / migrating[figure], None])
        for name, (few, many) in rows["spreads"].items():
            for what, figure in _FIGURES.items():
                before, after = figure(few), figure(many)
                lines.append([f"{name}: {what}", before, after, ratio(after, before)])
    return Table(f"Fleet: {_MANY:,} tenants beside {_FEW}", ["", "few", "many", "ratio"], lines)


def _ends(times: list[float]) -> tuple[list[float], list[float]]:
    return times[:_HUNDRED], times[-_HUNDRED:]


_FIGURES = {
    "first message of each answered, p99 ms": lambda spread: spread["first_p99"],
    "answered, p50 ms": lambda spread: median(spread["p50"]),
    "answered, p99 ms": lambda spread: median(spread["p99"]),
    "wrong": lambda spread: spread["wrong"],
    "server, MiB": lambda spread: spread["server_bytes"] / 2**20,
    "PostgreSQL's processes behind it": lambda spread: len(spread["backend_bytes"]),
    "the largest of them, MiB": lambda spread: max(spread["backend_bytes"]) / 2**20,
    "all of them, MiB": lambda spread: sum(spread["backend_bytes"]) / 2**20,
}
