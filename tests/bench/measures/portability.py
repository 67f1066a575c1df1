"""Portability: a tenant of a million messages is exported, imported, cloned and moved to another database while its
people chat, and what twenty other tenants notice of that."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil
import psycopg
from django.core.files.base import ContentFile
from django.db import connections

from chat.files.storage import keep, path_of
from kit.ids import opaque
from tenants.routers import TENANT
from tenants.scope import tenant_scope
from tests.bench.cores import unpin
from tests.bench.crowd import Crowd, together
from tests.bench.filled import fill_room
from tests.bench.histogram import Histogram
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.process import ROOT, child_environment
from tests.bench.report import Table, ratio
from tests.bench.schedule import Schedule, play
from tests.bench.shapes import Shape
from tests.bench.systems import Parley, System

_MESSAGES, _FILES, _FILE_BYTES = 1_000_000, 300, 200_000
_PEOPLE, _NEIGHBOURS, _EACH = Shape(5, 10), 20, Shape(1, 3)
_PEOPLE_RATE, _EACH_RATE = 25.0, 2.0
_PLENTY = 1_000_000
_SETTLE_SECONDS = 15.0


@dataclass
class Phase:
    """What went on beside the neighbours' chat: for how long, how much memory it took, and their latencies (ms).
    ``read_only``: seconds in which nobody could write to the tenant that moved."""

    name: str
    seconds: float = 0.0
    peak_bytes: int = 0
    p50: float | None = None
    p99: float | None = None
    lost: int = 0
    read_only: float | None = None


def portability(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    return {
        system.name: [asdict(phase) for phase in _measure(system, pace, folder)]
        for system in systems
        if isinstance(system, Parley)
    }


def _measure(system: Parley, pace: Pace, folder: Path) -> list[Phase]:
    system.prepare(_PEOPLE)
    _fill(system, pace)
    neighbours = [system.neighbour(sends_per_second=_PLENTY) for _ in range(_NEIGHBOURS)]
    for neighbour in neighbours:
        neighbour.prepare(_EACH)
    process = system.start(folder)
    for neighbour in neighbours:
        neighbour.process = process
    try:
        return run(_phases(system, neighbours, pace, folder))
    finally:
        system.stop()


def _fill(system: Parley, pace: Pace) -> None:
    schema, content = system.tenancy.schema_name, os.urandom(_FILE_BYTES)
    with tenant_scope(system.tenancy), connections[TENANT].cursor() as cursor:
        fill_room(cursor, "r0", pace.count(_MESSAGES), "u0-0")
        for _ in range(pace.count(_FILES)):
            upload = opaque("up")
            keep(schema, path_of(upload), ContentFile(content))
            cursor.execute(
                "INSERT INTO chat_upload (id, user_id, name, content_type, size, path)"
                " VALUES (%s, 'u0-0', 'picture.bin', 'application/octet-stream', %s, %s)",
                [upload, _FILE_BYTES, path_of(upload)],
            )
        cursor.execute("VACUUM ANALYZE")


async def _phases(system: Parley, neighbours: list[Parley], pace: Pace, folder: Path) -> list[Phase]:
    crowd, others = Crowd(system, _PEOPLE), [Crowd(neighbour, _EACH) for neighbour in neighbours]
    await together(each.connect() for each in (crowd, *others))
    file, slug = str(folder / f"{system.name}.zip"), system.tenancy.slug
    phases = [await _beside(crowd, others, pace, "nothing", None)]
    for name, arguments in (
        ("export", ("export", slug, "--to", file)),
        ("import", ("import", file, "--slug", f"{slug}-in")),
        ("masked clone", ("clone", slug, f"{slug}-masked", "--mask")),
    ):
        phases.append(await _beside(crowd, others, pace, name, arguments))
    move = ("move", slug, "--via", _other_place(folder))
    phases.append(await _beside(crowd, others, pace, "move", move, leaves=True))
    for each in (crowd, *others):
        await each.close()
    return phases


def _other_place(folder: Path) -> str:
    """The command that receives a tenant into a database beside this one. Files have a folder of their own there."""
    url = os.environ["DATABASE_URL"]
    other = {"DATABASE_URL": url.replace("/parley?", "/other?", 1), "MEDIA_URL": (folder / "other-media").as_uri()}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS other")
        connection.execute("CREATE DATABASE other")
    with psycopg.connect(other["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("GRANT ALL ON SCHEMA public TO CURRENT_USER")
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=child_environment(**other), check=True)
    settings = [f"{name}={value}" for name, value in other.items()]
    return shlex.join(["env", *settings, sys.executable, "manage.py", "tenant", "receive"])


async def _beside(
    crowd: Crowd,
    others: list[Crowd],
    pace: Pace,
    name: str,
    arguments: tuple[str, ...] | None,
    *,
    leaves: bool = False,
) -> Phase:
    """The chat goes on in steps until the command has ended, or for one long step without any. Where the crowd's tenant
    ``leaves``, its people talk until they are sent on: what became of what they said ``tests/faults`` looks at."""
    phase, latencies = Phase(name), Histogram()
    working = asyncio.create_task(_command(phase, arguments) if arguments else asyncio.sleep(5 * pace.seconds))
    begun = perf_counter()
    while not working.done():
        await _step(crowd, others, pace, phase, latencies, leaves=leaves)
    await working
    phase.seconds = phase.seconds or perf_counter() - begun
    phase.p50, phase.p99 = latencies.percentile(0.5), latencies.percentile(0.99)
    return phase


async def _command(phase: Phase, arguments: tuple[str, ...]) -> None:
    begun = perf_counter()
    command = [sys.executable, "manage.py", "tenant", *arguments, "--json"]
    child = subprocess.Popen(
        command, cwd=ROOT, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    unpin(child.pid)
    usage = psutil.Process(child.pid)
    while child.poll() is None:
        phase.peak_bytes = max(phase.peak_bytes, usage.memory_info().rss)
        await asyncio.sleep(0.05)
    phase.seconds = perf_counter() - begun
    if child.returncode:
        raise RuntimeError(f"{phase.name} ended with {child.returncode}")
    assert child.stdout is not None
    phase.read_only = json.loads(child.stdout.read()).get("read_only_seconds")


async def _step(
    crowd: Crowd, others: list[Crowd], pace: Pace, phase: Phase, latencies: Histogram, *, leaves: bool
) -> None:
    everybody = others if leaves else [crowd, *others]
    for each in [crowd, *others]:
        each.reset()
    begin = perf_counter() + 0.05
    talks = [(crowd, _PEOPLE_RATE), *((other, _EACH_RATE) for other in others)]
    await asyncio.gather(*(_talk(each, Schedule(begin, rate, pace.seconds)) for each, rate in talks))
    await asyncio.gather(*(each.settle(_SETTLE_SECONDS) for each in everybody))
    for each in everybody:
        each.check()
        phase.lost += each.missing() + sum(each.faults().values())
    for other in others:
        latencies.join(other.latencies(begin))


async def _talk(crowd: Crowd, schedule: Schedule) -> None:
    rooms = crowd.shape.rooms
    await play(schedule, lambda place, due: crowd.send(place % rooms, due), hopeless=lambda now: _is_cut_off(crowd))


def _is_cut_off(crowd: Crowd) -> bool:
    return any(listener.transport.is_closing() for listener in crowd.listeners)


def table(rows: dict[str, Any]) -> Table:
    lines = [
        [
            name,
            phase["name"],
            phase["seconds"],
            phase["peak_bytes"] / 2**20,
            phase["p50"],
            phase["p99"],
            ratio(phase["p99"], phases[0]["p99"]),
            phase["lost"],
            phase["read_only"],
        ]
        for name, phases in rows.items()
        for phase in phases
    ]
    heads = ["system", "beside", "seconds", "peak MiB", "p50", "p99", "p99 ratio", "lost", "read-only s"]
    return Table(
        "Portability: a tenant of a million messages on its way; 20 neighbours' delivery latencies in ms", heads, lines
    )
