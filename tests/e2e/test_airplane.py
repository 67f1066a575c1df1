"""What was written without a connection outlives the page it was written in."""

from __future__ import annotations

import re

from playwright.async_api import WebSocketRoute, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.visitor import NETWORK_GONE, Visitor
from tests.support.cast import Tenancy

FIVE = ("one", "two", "three", "four", "five")
KEPT = """() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("parley");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
        const counting = opening.result.transaction("unsent").objectStore("unsent").count();
        counting.onsuccess = () => { opening.result.close(); resolve(counting.result); };
    };
})"""


async def test_five_messages_of_a_closed_tab_appear_once_and_in_order_on_both_sides(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    await ann.join()
    await ben.join()
    await ann.say("before")
    await ben.sees("before")
    context = ann.page.context
    await _write_offline(ann, *FIVE)
    await _close(ann)
    again = Visitor(await context.new_page())
    await context.set_offline(False)
    await again.open()
    for someone in (again, ben):
        await someone.sees("before", *FIVE)
        assert len(await someone.texts()) == 6
    await expect(again.page.locator("article.pending")).to_have_count(0)
    assert await again.page.evaluate(KEPT) == 0
    await again.page.reload()
    await again.settled()
    assert await again.texts() == ["before", *FIVE]
    assert again.unexpected_complaints() == []


async def test_a_reload_shows_what_is_still_to_be_sent(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    await ann.join()
    silent = True

    def hear(socket: WebSocketRoute) -> None:
        if not silent:
            socket.connect_to_server()

    await ann.page.route_web_socket(re.compile("/ws/v1"), hear)
    await ann.page.reload()
    for text in FIVE:
        await ann.say(text)
    await expect(ann.page.locator("article.pending")).to_have_count(5)
    await ann.page.reload()
    await expect(ann.page.locator("article.pending .bubble")).to_have_text(FIVE)
    silent = False
    await ann.open()
    await ann.sees(*FIVE)
    assert len(await ann.texts()) == 5
    await expect(ann.page.locator("article.pending")).to_have_count(0)


async def test_whoever_signs_in_next_in_the_same_browser_neither_sees_nor_sends_it(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    someone = await visit(acme, alice)
    await someone.join()
    context = someone.page.context
    await _write_offline(someone, "for my eyes only")
    await _close(someone)
    await context.clear_cookies()
    await context.set_offline(False)
    ben = Visitor(await context.new_page())
    await ben.sign_in(acme, bob)
    await ben.join()
    await ben.say("hello")
    await ben.sees("hello")
    assert await ben.texts() == ["hello"]
    await context.clear_cookies()
    await ben.page.close()
    ann = Visitor(await context.new_page())
    await ann.sign_in(acme, alice)
    await ann.open()
    await ann.sees("hello", "for my eyes only")


async def test_two_tabs_of_one_user_send_each_message_once(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    await ann.join()
    await ben.join()
    other = Visitor(await ann.page.context.new_page())
    await other.open()
    context = ann.page.context
    for tab in (ann, other):
        tab.expect_complaint(NETWORK_GONE)
    await context.set_offline(True)
    for tab in (ann, other):
        await expect(tab.banner).to_contain_text("You are offline", timeout=20_000)
    for number, text in enumerate(FIVE):
        await (ann, other)[number % 2].say(text)
        for tab in (ann, other):
            await expect(tab.page.locator("article.pending")).to_have_count(number + 1)
    await context.set_offline(False)
    for tab in (ann, other, ben):
        await tab.sees(*FIVE)
        assert len(await tab.texts()) == 5
    for tab in (ann, other):
        await expect(tab.page.locator("article.pending")).to_have_count(0)


async def _write_offline(writer: Visitor, *texts: str) -> None:
    writer.expect_complaint(NETWORK_GONE)
    await writer.page.context.set_offline(True)
    await expect(writer.banner).to_contain_text("You are offline", timeout=20_000)
    for text in texts:
        await writer.say(text)
    await expect(writer.page.locator("article.pending .bubble")).to_have_text(texts)


async def _close(visitor: Visitor) -> None:
    """As its user closes a tab: a page that would lose something may ask to be left open."""
    asked: list[str] = []
    visitor.page.on("dialog", lambda dialog: asked.append(dialog.type))
    async with visitor.page.expect_event("close"):
        await visitor.page.close(run_before_unload=True)
    assert asked == []
