"""Size: what a reader asks of a room of a million messages, beside the same of a room of a thousand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connections
from pydantic_core import from_json
from websockets.asyncio.client import connect

from chat.commands.indexing import index_tenant
from tenants.connections import close_pool
from tenants.routers import TENANT
from tenants.scope import tenant_scope
from tests.bench.asker import Asker, BadAnswer
from tests.bench.filled import fill_room
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.report import Table, ratio
from tests.bench.shapes import Shape
from tests.bench.systems import Parley, System

_SMALL, _LARGE = 1_000, 1_000_000
_TRIES = 100
_REPLAYED, _FOUND = 500, 20
_AUTHOR = "u0-0"

Ask = Callable[[str, int], Awaitable[None]]
"""Asks of a room with so many messages, and checks the answer."""


def size(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for system in systems:
        if isinstance(system, Parley):
            rows[system.name] = _measure(system, pace, folder)
    return rows


def _measure(system: Parley, pace: Pace, folder: Path) -> dict[str, Any]:
    rooms = {"r0": _SMALL, "r1": pace.count(_LARGE)}
    system.prepare(Shape(2, 1))
    filled, indexed = _timed(lambda: _fill(system, rooms)), _timed(lambda: run(_index(system)))
    with tenant_scope(system.tenancy), connections[TENANT].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would some time later
    system.start(folder)
    try:
        return {"rooms": rooms, "fill_s": filled, "index_s": indexed, "ms": run(_ask_all(system, rooms))}
    finally:
        system.stop()


def _timed(work: Callable[[], Any]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _fill(system: Parley, rooms: dict[str, int]) -> None:
    with tenant_scope(system.tenancy), connections[TENANT].cursor() as cursor:
        cursor.execute("INSERT INTO chat_member (room_id, user_id) VALUES ('r1', %s)", [_AUTHOR])
        for room, count in rooms.items():
            fill_room(cursor, room, count, _AUTHOR)


async def _index(system: Parley) -> None:
    """What the worker does minute by minute."""
    with tenant_scope(system.tenancy):
        await index_tenant("simple")
    await close_pool()


async def _ask_all(system: Parley, rooms: dict[str, int]) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each try, the rooms in turns."""
    reader = _Reader(system)
    await reader.connect()
    kinds: dict[str, Ask] = {
        "first page": reader.first_page,
        f"replay of {_REPLAYED}": reader.replay,
        "search: a word of every tenth message": reader.search_often,
        "search: a word of twenty messages": reader.search_seldom,
        "search: a word that nobody said": reader.search_never,
    }
    times: dict[str, dict[str, list[float]]] = {kind: {room: [] for room in rooms} for kind in kinds}
    for kind, ask in kinds.items():
        for number in range(_TRIES + 10):
            for room, count in rooms.items():
                begun = perf_counter()
                await ask(room, count)
                if number >= 10:  # by then the server's connections know the statement
                    times[kind][room].append((perf_counter() - begun) * 1000)
    reader.close()
    return times


class _Reader:
    """One user, over REST and on a socket."""

    def __init__(self, system: Parley) -> None:
        assert system.process is not None
        self._system, self._process = system, system.process
        self._head = f"Host: {system.tenancy.host}:{system.process.port}\r\n"
        self._head += f"Authorization: Bearer {system.token(_AUTHOR)}\r\n\r\n"

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, self._asker = await loop.create_connection(Asker, "127.0.0.1", self._process.port)
        protocols = ["parley.v1", f"bearer.{self._system.token(_AUTHOR)}"]
        url = f"ws://{self._system.tenancy.host}:{self._process.port}/ws/v1"
        self._socket = await connect(url, host="127.0.0.1", subprotocols=protocols, compression=None)  # type: ignore[arg-type]
        await self._socket.recv()

    def close(self) -> None:
        self._asker.close()
        self._socket.transport.abort()

    async def first_page(self, room: str, count: int) -> None:
        seqs = [message["seq"] for message in await self._get(f"/rooms/{room}/messages?limit=50")]
        _check(seqs == list(range(count - 49, count + 1)), "first page", seqs)

    async def replay(self, room: str, count: int) -> None:
        since = count - _REPLAYED
        await self._socket.send(json.dumps({"type": "room.subscribe", "ref": 1, "room": room, "since": since}))
        answer = from_json(await self._socket.recv())
        while answer.get("ref") != 1:
            answer = from_json(await self._socket.recv())
        _check(answer["replayed"] == _REPLAYED, "replay", answer)
        for _ in range(_REPLAYED):
            await self._socket.recv()

    async def search_often(self, room: str, count: int) -> None:
        seqs = await self._search(room, "often")
        _check(seqs == list(range(count, count - 10 * _FOUND, -10)), "often", seqs)

    async def search_seldom(self, room: str, count: int) -> None:
        seqs = await self._search(room, "seldom")
        _check(seqs == list(range(count, 0, -count // 20)), "seldom", seqs)

    async def search_never(self, room: str, count: int) -> None:
        _check(not await self._search(room, "never"), "never", room)

    async def _search(self, room: str, word: str) -> list[int]:
        # With a space behind it a word is not taken for a beginning.
        found = await self._get(f"/search?room={room}&limit={_FOUND}&q={word}%20")
        return [each["message"]["seq"] for each in found]

    async def _get(self, path: str) -> list[dict[str, Any]]:
        answer = await self._asker.ask(f"GET /api/v1{path} HTTP/1.1\r\n{self._head}".encode())
        found: list[dict[str, Any]] = from_json(answer)["data"]
        return found


def _check(right: bool, what: str, answer: object) -> None:
    if not right:
        raise BadAnswer(f"{what}: {answer}")


def table(rows: dict[str, Any]) -> Table:
    lines: list[list[Any]] = []
    for name, result in rows.items():
        for kind, times in result["ms"].items():
            small, large = (median(each) for each in times.values())
            lines.append([name, kind, small, large, ratio(large, small)])
        lines.append([name, "putting all into search's blocks, seconds", None, result["index_s"], None])
    sizes = " and ".join(f"{count:,}" for count in next(iter(rows.values()))["rooms"].values()) if rows else ""
    heads = ["system", "", "small room", "large room", "ratio"]
    return Table(f"Size: rooms of {sizes} messages, medians in ms", heads, lines)
