"""Several tabs of one browser share a connection."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import Page, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.visitor import NETWORK_GONE, Visitor
from tests.support.cast import Tenancy
from tests.support.server import LiveServer


def counted(page: Page) -> list[str]:
    """The WebSockets that this page opens from now on."""
    opened: list[str] = []
    page.on("websocket", lambda socket: opened.append(socket.url))
    return opened


async def second_tab(visitor: Visitor) -> Visitor:
    return Visitor(await visitor.page.context.new_page())


async def test_the_tabs_of_one_person_have_one_connection_and_miss_nothing_when_one_is_closed(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    first, ben = await visit(acme, alice), await visit(acme, bob)
    await ben.join()
    await first.join()
    second = await second_tab(first)
    sockets = counted(second.page)
    await second.open()
    await second.connected()
    assert not sockets
    await ben.say("to both")
    await second.say("from the second")
    for tab in (first, second):
        await tab.sees("to both", "from the second")
    await first.page.close()
    await ben.say("meanwhile")
    await second.sees("to both", "from the second", "meanwhile")
    assert len(sockets) == 1
    await second.say("still here")
    await ben.sees("to both", "from the second", "meanwhile", "still here")
    assert len(await second.texts()) == 4
    assert not second.unexpected_complaints()


async def test_a_tab_that_hangs_holds_nobody_up(visit: Visit, acme: Tenancy, alice: Account) -> None:
    first = await visit(acme, alice)
    await first.join()
    devtools = await first.page.context.new_cdp_session(first.page)
    await devtools.send("Debugger.enable")
    await devtools.send("Debugger.pause")
    second = await second_tab(first)
    sockets = counted(second.page)
    await second.page.goto("/rooms/general")
    await expect(second.page.locator(".account-state")).to_have_attribute("data-state", "open", timeout=20_000)
    await second.settled()
    assert len(sockets) == 1
    await second.say("from the second")
    await devtools.send("Debugger.disable")
    await first.sees("from the second")
    assert not second.unexpected_complaints()


async def test_tabs_come_back_together_when_the_server_does(
    visit: Visit, serve: Callable[..., LiveServer], acme: Tenancy, alice: Account
) -> None:
    server = serve()
    first = await visit(acme, alice, server=server)
    await first.join()
    tabs = [first, *[await second_tab(first) for _ in range(3)]]
    for tab in tabs:
        tab.expect_complaint(NETWORK_GONE)
        await tab.open()
        await tab.connected()
    server.kill()
    for tab in tabs:
        await expect(tab.banner).to_contain_text("Reconnecting")
        await tab.say(f"written while it was gone {tabs.index(tab)}")
    server.start()
    for tab in tabs:
        await expect(tab.banner).to_be_hidden(timeout=30_000)
    for tab in tabs:
        await expect(tab.page.locator("article.message")).to_have_count(4, timeout=20_000)
        await expect(tab.page.locator("article.pending")).to_have_count(0)
        assert sorted(await tab.texts()) == [f"written while it was gone {number}" for number in range(4)]
