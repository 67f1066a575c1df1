"""Rooms in a frame of the organisation's host, on customers' pages: nothing of either reaches the other but tokens."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Frame, expect

from tests.e2e.conftest import Visit
from tests.e2e.sites import Site
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer
from tests.support.tokens import signed

WITHOUT_STORAGE = """
const get = () => { throw new DOMException("Third-party storage is refused", "SecurityError"); };
if (window !== top) {
  for (const name of ["localStorage", "sessionStorage", "caches"]) Object.defineProperty(window, name, { get });
  Object.defineProperty(Document.prototype, "cookie", { get, set: get });
  if (indexedDB) indexedDB.constructor.prototype.open = get;
  if (navigator.locks) navigator.locks.constructor.prototype.request = async () => get();
}
"""
"""What a page in another site's frame finds where the browser keeps third parties out."""


@pytest_asyncio.fixture(loop_scope="session")
async def shop(live: LiveServer, acme: Tenancy) -> AsyncIterator[Site]:
    """A site that acme lists, with a frame of General. Ann is in it."""
    host = f"http://{acme.host}:{live.port}"
    policy = f"default-src 'none'; script-src {host}; frame-src {host}; connect-src 'self'"
    async with Site("shop.localhost", policy).served() as site:
        site.pages["/"] = _page(host, 'room="general" token-url="/parley-token"')
        site.pages["/parley-token"] = lambda: acme.token("ann", name="Ann")
        server = as_server(live, acme)
        server.put("/api/v1/settings/origins", {"origins": [site.origin]})
        server.put("/api/v1/users/ann", {"name": "Ann"})
        server.put("/api/v1/rooms/general/members/ann", {})
        yield site


def _page(host: str, attributes: str) -> str:
    script = f'<script type="module" src="{host}/embed.js"></script>'
    frame = f"<parley-frame {attributes}></parley-frame>"
    return f'<!doctype html><html lang="fr"><title>A shop</title>{script}<h1>Kettles</h1>{frame}</html>'


async def test_a_frame_on_a_listed_page_chats_without_cookies_or_storage_and_renews_its_token(
    visit: Visit, acme: Tenancy, shop: Site
) -> None:
    visitor = await visit(acme)
    page = visitor.page
    await page.add_init_script(WITHOUT_STORAGE)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    now = time.time()
    ends = iter([now + 12])  # it is renewed when a tenth of its life is left: at once
    claims = {"name": "Ann", "iat": now - 3_600}
    shop.pages["/parley-token"] = lambda: signed(acme, "ann", exp=int(next(ends, now + 3_600)), **claims)
    await page.goto(shop.origin)
    inside = page.frame_locator("parley-frame iframe")
    composer = inside.locator("parley-composer").get_by_role("textbox")
    await composer.fill("from the frame")
    await composer.press("Enter")
    await expect(inside.get_by_role("log").get_by_text("from the frame")).to_be_visible()
    while shop.asked.count("/parley-token") < 2:
        await page.wait_for_timeout(20)
    await composer.fill("with another token")
    await composer.press("Enter")
    await expect(inside.get_by_role("log").get_by_text("with another token")).to_be_visible()
    await expect(inside.locator(".pending")).to_have_count(0)
    assert len(sockets) == 1
    assert await page.context.cookies() == []


async def test_a_frame_looks_and_speaks_as_its_element_says(
    visit: Visit, live: LiveServer, acme: Tenancy, shop: Site
) -> None:
    visitor = await visit(acme)
    page = visitor.page
    await page.goto(shop.origin)
    element, inside = page.locator("parley-frame"), page.frame_locator("parley-frame iframe")
    await expect(inside.get_by_role("log")).to_be_visible()
    await expect(inside.locator(".surface")).to_have_attribute("lang", "fr")
    await element.evaluate("""frame => {
        frame.style.setProperty("height", "500px");
        frame.setAttribute("theme", "dark");
        frame.setAttribute("language", "ar");
    }""")
    await expect(inside.locator(".surface")).to_have_attribute("dir", "rtl")
    await expect(inside.locator("parley-room")).to_have_css("color-scheme", "dark")
    outer, inner = await element.bounding_box(), await inside.locator(".conversation").bounding_box()
    assert outer == inner
    await element.evaluate("frame => frame.removeAttribute('room')")
    await inside.get_by_role("navigation").get_by_role("button", name="General").click()
    await expect(inside.get_by_role("log")).to_be_visible()


async def test_a_page_that_is_not_listed_has_no_frame(
    visit: Visit, live: LiveServer, acme: Tenancy, shop: Site
) -> None:
    as_server(live, acme).put("/api/v1/settings/origins", {"origins": ["https://elsewhere.example"]})
    visitor = await visit(acme)
    visitor.expect_complaint("frame-ancestors")
    async with visitor.page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        await visitor.page.goto(shop.origin)
    [inside] = visitor.page.main_frame.child_frames
    await expect(inside.locator("parley-room")).to_have_count(0)
    assert "/parley-token" not in shop.asked


async def test_only_the_page_around_is_heard(visit: Visit, live: LiveServer, acme: Tenancy, shop: Site) -> None:
    """Not the other frames beside it, of whichever site they are, nor a page of an origin that is not listed."""
    host = f"http://{acme.host}:{live.port}"
    async with Site("evil.localhost", "default-src 'none'").served() as evil:
        evil.pages["/"] = "<!doctype html><title>Evil</title>"
        shop.pages["/empty"] = "<!doctype html>"
        shop.policy = f"default-src 'none'; frame-src {host} {evil.origin} {shop.origin}"
        frames = [f"{host}/embed/rooms/general", evil.origin, f"{shop.origin}/empty"]
        shop.pages["/"] = "<!doctype html><title>A shop</title>" + "".join(
            f'<iframe src="{frame}"></iframe>' for frame in frames
        )
        page = (await visit(acme)).page
        await page.goto(shop.origin)
        inside, *others = page.main_frame.child_frames
        for number, other in enumerate(others):
            await _offer_port(other, acme.token(f"eve{number}"))
        await _offer_port(page.main_frame, acme.token("ann", name="Ann"))
        await expect(inside.get_by_role("textbox", name="Message")).to_be_visible()
        assert [await _asked(frame) for frame in (page.main_frame, *others)] == [True, False, False]


async def _offer_port(frame: Frame, token: str) -> None:
    await frame.evaluate(
        """token => {
            const { port1, port2 } = new MessageChannel();
            window.asked = false;
            port1.onmessage = () => { window.asked = true; port1.postMessage({ token }); };
            top.frames[0].postMessage({ type: "parley.port" }, "*", [port2]);
        }""",
        token,
    )


async def _asked(frame: Frame) -> bool:
    return bool(await frame.evaluate("window.asked"))
