"""The button in the corner of a customer's page."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import Visit
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer

Shop = Callable[..., Awaitable[Page]]
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width"><script type="module" src="{host}/embed.js"></script>
<h1>Kettles</h1><a href="#">Buy</a><parley-launcher {attributes}></parley-launcher></html>"""


async def test_a_launcher_counts_opens_the_inbox_and_gives_the_focus_back(
    shop: Shop, live: LiveServer, acme: Tenancy
) -> None:
    page = await shop(f'token="{acme.token("ann", name="Ann")}"')
    bubble = _bubble(page)
    await expect(bubble).to_have_accessible_name("Open messages")
    as_server(live, acme).post("/api/v1/rooms/general/messages", {"text": "welcome", "user": "bob"})
    await expect(bubble).to_have_accessible_name("Open messages, 1 unread")
    assert await page.title() == "A shop"

    await bubble.focus()
    await page.keyboard.press("Enter")
    popup = page.get_by_role("dialog", name="Acme")
    await expect(popup).to_be_focused()
    box = await popup.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (400, 612)
    await popup.get_by_role("button", name="General").click()
    await expect(popup.get_by_role("log")).to_contain_text("welcome")
    await expect(popup.get_by_role("navigation")).to_be_hidden()
    await expect(popup.locator(".row")).not_to_contain_text("unread")
    await popup.get_by_role("button", name="All rooms").click()
    await expect(popup.get_by_role("button", name="General")).to_be_focused()

    await popup.get_by_role("button", name="New room").click()
    await expect(page.get_by_role("dialog", name="New room")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="New room")).to_be_hidden()
    await expect(popup).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(popup).to_be_hidden()
    await expect(bubble).to_be_focused()
    await expect(bubble).to_have_accessible_name("Open messages")
    told = "const told = []; launcher.addEventListener('toggle', ({ detail }) => told.push(detail.open));"
    script = f"launcher => {{ {told} launcher.open(); launcher.close(); return told; }}"
    assert await page.locator("parley-launcher").evaluate(script) == [True, False]


async def test_on_a_phone_a_launcher_fills_the_page_with_its_one_room(shop: Shop, acme: Tenancy) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    token = acme.token("ann", name="Ann")
    page = await shop(f'token="{token}" room="general" label="مساعدة" language="ar"', **phone)
    bubble = _bubble(page)
    box = await bubble.bounding_box()
    assert box
    assert box["x"] == 20  # the end of an Arabic line
    await bubble.click()
    popup = page.get_by_role("dialog", name="Acme")
    await expect(popup.get_by_role("log")).to_be_visible()
    assert await popup.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    await popup.get_by_role("textbox").fill("hello from the shop")
    await popup.locator(".send").click()
    await expect(popup.get_by_role("log").get_by_text("hello from the shop")).to_be_visible()
    await popup.locator(".launcher-head").get_by_role("button").click()
    await expect(bubble).to_be_focused()


def _bubble(page: Page) -> Locator:
    return page.locator("parley-launcher .launcher")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(visit: Visit, live: LiveServer, acme: Tenancy) -> AsyncIterator[Shop]:
    """``await shop(attributes)``: somebody at a page of another origin, with a launcher of acme's. Ann and Bob are in
    General."""
    async with AsyncExitStack() as servers:

        async def arrive(attributes: str, **options: Any) -> Page:
            host = f"{acme.host}:{live.port}"
            page = PAGE.format(host=f"http://{host}", attributes=attributes).encode()
            policy = f"default-src 'none'; script-src http://{host}; connect-src http://{host} ws://{host}"

            async def answer(reader: StreamReader, writer: StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Security-Policy: {policy}\r\n"
                writer.write(f"{head}Content-Length: {len(page)}\r\nConnection: close\r\n\r\n".encode() + page)
                writer.close()

            server = await servers.enter_async_context(await asyncio.start_server(answer, "127.0.0.1", 0))
            origin = f"http://shop.localhost:{server.sockets[0].getsockname()[1]}"
            as_server(live, acme).put("/api/v1/settings/origins", {"origins": [origin]})
            visitor = await visit(acme, reduced_motion="reduce", **options)
            await visitor.page.goto(origin)
            return visitor.page

        people = as_server(live, acme)
        people.put("/api/v1/users", {"users": [{"id": "ann", "name": "Ann"}, {"id": "bob", "name": "Bob"}]})
        for user in ("ann", "bob"):
            people.put(f"/api/v1/rooms/general/members/{user}", {})
        yield arrive
