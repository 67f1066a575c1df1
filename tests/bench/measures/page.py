"""Page: a hosted room in Chromium: when it is painted, beside an empty page; what scrolling and keeping up take."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from django.db import connections
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tenants.models import Account
from tenants.routers import TENANT
from tenants.scope import tenant_scope
from tests.bench import cores
from tests.bench.emptied import emptied
from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.report import Table, ratio
from tests.bench.shapes import Shape
from tests.bench.systems import Parley, System
from tests.support.chromium import QUIET, find_chromium
from tests.support.sessions import session_of

_T = TypeVar("_T")

_VISITS = 9
_HELD = 10_000
_RATE, _SECONDS = 200, 5

_FILL = """
    WITH said AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, text, created_at)
        SELECT uuidv7(), %(room)s, seq, seq, 'u0-0', 'Message ' || seq || ' of the room, as long as most of them are.',
            now() - (%(count)s - seq) * interval '20 seconds'
        FROM generate_series(1, %(count)s) seq
    )
    UPDATE chat_room SET last_seq = %(count)s WHERE id = %(room)s
"""
_JOIN = "INSERT INTO chat_member (room_id, user_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_WATCH = """
    window.longTasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longTasks.push(duration);
    }).observe({ type: "longtask" });
"""
_SHOWN = """
    () => new Promise((shown) => {
      const look = () => {
        const messages = document.querySelector("parley-inbox").shadowRoot?.querySelectorAll("parley-message .bubble");
        if (messages?.length >= 50) requestAnimationFrame(() => setTimeout(() => shown(performance.now())));
        else requestAnimationFrame(look);
      };
      look();
    })
"""
_PAINTED = """
    new Promise((painted) => new PerformanceObserver((list) => {
      for (const { startTime } of list.getEntriesByName("first-contentful-paint")) painted(startTime);
    }).observe({ type: "paint", buffered: true }))
"""
_SCROLL = """
    async (log) => {
      const seen = new Set();
      let nodes = 0;
      let frames = 0;
      while (!seen.has("1")) {
        for (const line of log.querySelectorAll("[data-seq]")) seen.add(line.dataset.seq);
        nodes = Math.max(nodes, log.querySelectorAll("*").length);
        log.scrollTop = Math.max(0, log.scrollTop - 900);
        await new Promise(requestAnimationFrame);
        if (++frames > 5_000) throw new Error(`stuck at ${Math.min(...seen)}`);
      }
      return { seen: seen.size, nodes };
    }
"""


def page(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    cores.unpin(os.getpid())
    for system in systems:
        if isinstance(system, Parley):
            rows[system.name] = _measure(system, pace, folder)
    cores.pin(os.getpid(), cores.CLIENT_CORE)
    return rows


def _measure(system: Parley, pace: Pace, folder: Path) -> dict[str, Any]:
    system.prepare(Shape(2, 1))
    reader = system.tenancy.account("ann")
    held = pace.count(_HELD)
    _fill(system, reader, {"r0": 50, "r1": held})
    system.start(folder)
    try:
        return {"held": held, **run(_visit(system, session_of(reader, system.tenancy)))}
    finally:
        system.stop()


def _fill(system: Parley, reader: Account, rooms: dict[str, int]) -> None:
    with tenant_scope(system.tenancy), connections[TENANT].cursor() as cursor:
        cursor.execute(
            "INSERT INTO chat_user (id, name, account_id, created_at) VALUES (%s, 'Ann', %s, now())",
            [reader.id, reader.id],
        )
        for room, count in rooms.items():
            cursor.execute("INSERT INTO chat_member (room_id, user_id) VALUES (%s, %s)", [room, reader.id])
            cursor.execute(
                "INSERT INTO chat_member (room_id, user_id) VALUES (%s, 'u0-0') ON CONFLICT DO NOTHING", [room]
            )
            cursor.execute(_FILL, {"room": room, "count": count})


async def _visit(system: Parley, session: str) -> dict[str, Any]:
    async with async_playwright() as playwright:
        found = find_chromium(playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=found, args=QUIET)
        arrivals = _Arrivals(browser, system, session)
        return {
            "painted_ms": await arrivals.paints(),
            "scrolled": await arrivals.scrolls(),
            "kept_up": await arrivals.keeps_up(),
        }


class _Arrivals:
    """Somebody who is signed in, each time with a browser that knows nothing, or what the visit before left."""

    def __init__(self, browser: Browser, system: Parley, session: str) -> None:
        self._browser = browser
        self._system = system
        self._session = session
        self._port = int(system.host.rpartition(":")[2])

    async def paints(self) -> dict[str, list[float]]:
        times: dict[str, list[float]] = {}
        async with emptied(self._port) as port:
            empty = f"http://{self._system.tenancy.host}:{port}/rooms/r0"
            for _ in range(_VISITS):
                for when in ("first visit", "again"):
                    painted, shown = await self._visited("/rooms/r0", when, _shown)
                    times.setdefault(f"room, {when}: painted", []).append(painted)
                    times.setdefault(f"room, {when}: live", []).append(shown)
                    painted = await self._visited(empty, when, _painted)
                    times.setdefault(f"empty, {when}: painted", []).append(painted)
        return times

    async def _visited(self, url: str, when: str, seen: Callable[[Page], Awaitable[_T]]) -> _T:
        """What is seen at a browser's first visit of the page, or its second."""
        context = await self._context()
        for _ in range(2 if when == "again" else 1):
            page = await context.new_page()
            await page.goto(url, wait_until="commit")
            found = await seen(page)
            await page.close()
        await context.close()
        return found

    async def scrolls(self) -> dict[str, Any]:
        """From the end of the long room to its beginning."""
        page = await self._room("r1")
        told = await page.get_by_role("log").evaluate(_SCROLL)
        return {**told, "long_tasks": await page.evaluate("window.longTasks")}

    async def keeps_up(self) -> dict[str, Any]:
        """While others write."""
        page = await self._room("r0")
        await self._burst()
        await page.get_by_role("log").get_by_text(f"burst {_RATE * _SECONDS}", exact=True).wait_for()
        return {"messages": _RATE * _SECONDS, "long_tasks": await page.evaluate("window.longTasks")}

    async def _burst(self) -> None:
        """Each message at its time."""
        subprotocols = [Subprotocol("parley.v1"), Subprotocol(f"bearer.{self._system.token('u0-0')}")]
        url = f"ws://{self._system.host}/ws/v1"
        async with connect(url, host="127.0.0.1", port=self._port, subprotocols=subprotocols) as socket:
            await socket.recv()
            begun = perf_counter()
            for number in range(1, _RATE * _SECONDS + 1):
                message = {"type": "message.send", "ref": number, "room": "r0", "text": f"burst {number}"}
                await socket.send(json.dumps({**message, "client_id": f"burst {number}"}))
                await asyncio.sleep(max(0.0, begun + number / _RATE - perf_counter()))
            while json.loads(await socket.recv()).get("ref") != _RATE * _SECONDS:
                pass

    async def _room(self, room: str) -> Page:
        page = await (await self._context()).new_page()
        await page.goto(f"/rooms/{room}")
        await page.get_by_role("log").wait_for()
        await page.locator("[aria-busy=false]").first.wait_for()
        await page.wait_for_timeout(500)
        await page.evaluate(_WATCH)
        return page

    async def _context(self) -> BrowserContext:
        host = self._system.host
        context = await self._browser.new_context(base_url=f"http://{host}", viewport={"width": 1280, "height": 800})
        cookie = {"name": "sessionid", "value": self._session, "url": f"http://{host}"}
        await context.add_cookies([cookie])  # type: ignore[list-item]
        return context


async def _shown(page: Page) -> tuple[float, float]:
    """When it was painted, and when its script had taken over."""
    await page.wait_for_selector("parley-inbox", state="attached")
    shown = await page.evaluate(_SHOWN)
    return await _painted(page), shown


async def _painted(page: Page) -> float:
    painted: float = await page.evaluate(_PAINTED)
    return painted


def table(rows: dict[str, Any]) -> Table:
    lines = []
    for name, row in rows.items():
        times = {kind: median(tries) for kind, tries in row["painted_ms"].items()}
        for kind, value in times.items():
            when = kind.partition(", ")[2].partition(":")[0]
            lines.append([name, kind, value, ratio(value, times[f"empty, {when}: painted"])])
        scrolled, kept_up = row["scrolled"], row["kept_up"]
        lines += [
            [name, f"{row['held']:,} messages scrolled: most nodes", scrolled["nodes"], None],
            [name, "   longest task, ms (0: none over 50)", max(scrolled["long_tasks"], default=0), None],
            [
                name,
                f"{kept_up['messages']:,} messages at {_RATE}/s: longest task, ms",
                max(kept_up["long_tasks"], default=0),
                None,
            ],
        ]
    return Table("A hosted room in Chromium, ms", ["server", "what", "median", "x the empty page"], lines)
