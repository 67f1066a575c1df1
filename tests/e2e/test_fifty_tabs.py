"""Fifty tabs of five people, under whom the server goes away twice: told to, and killed while they are coming back.

One tab of each person shows the room; the others only hold what it would show, for fifty that draw take too long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from playwright.async_api import Page

from tests.e2e.conftest import Visit
from tests.e2e.gathering import GENERAL
from tests.e2e.visitor import NETWORK_GONE, Visitor
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer

PEOPLE, TABS = 5, 10
BACK = 30.0  # s, the promise
HOLD = """async (me) => {
  const { Parley } = await import("/assets/now/sdk/client.js");
  const client = new Parley({ url: location.origin, me });
  window.room = client.room("general");
  await client.connect();
  room.subscribe();
  await room.messages.loadLatest();
}"""
HELD = "room.messages.list.filter(({ kind }) => kind === 'message').map(({ text }) => text)"


async def test_fifty_tabs_come_back_within_30_seconds_with_no_hole_and_no_repeat(
    visit: Visit, serve: Callable[..., LiveServer], acme: Tenancy
) -> None:
    server = serve()
    accounts = [await acme.aaccount(f"p{number}") for number in range(PEOPLE)]
    people = [await visit(acme, account, server=server) for account in accounts]
    await asyncio.gather(*(person.join() for person in people))
    me = [{"id": account.id, "name": account.name} for account in accounts]
    others = [await _tab(person, me[number]) for number, person in enumerate(people) for _ in range(TABS - 1)]
    api = as_server(server, acme)
    api.put("/api/v1/users/robot", {"name": "Robot"})
    said = []
    for end in (server.stop, server.kill):
        said += [f"before {end.__name__}", *(f"{number} during {end.__name__}" for number in range(PEOPLE))]
        assert api.post(f"{GENERAL}/messages", {"text": f"before {end.__name__}", "user": "robot"}).status == 201
        await asyncio.to_thread(end)
        for number, person in enumerate(people):
            person.expect_complaint(NETWORK_GONE)
            person.expect_complaint("already in CLOSING or CLOSED")
            await person.say(f"{number} during {end.__name__}")
        await asyncio.to_thread(server.start)
    async with asyncio.timeout(BACK):
        while sorted(stored := _stored(server, acme)) != sorted(said):
            await asyncio.sleep(0.2)
        for person in people:
            while await person.texts() != stored:
                await asyncio.sleep(0.2)
        for tab in others:
            while await tab.evaluate(HELD) != stored:
                await asyncio.sleep(0.2)


async def _tab(person: Visitor, me: dict[str, str]) -> Page:
    tab = await person.page.context.new_page()
    await tab.goto("/favicon.ico")
    await tab.evaluate(HOLD, me)
    return tab


def _stored(server: LiveServer, acme: Tenancy) -> list[str]:
    """What was said, in the server's order."""
    history = as_server(server, acme).get(f"{GENERAL}/messages").json["data"]
    return [message["text"] for message in history if message["kind"] == "message"]
