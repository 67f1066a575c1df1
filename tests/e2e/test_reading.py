"""What is new, what was read, and the way back through the history."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.gathering import say
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer

TEN_THOUSAND = 10_000
MOST_SHOWN = 120


async def test_the_latest_messages_are_shown_first_and_older_ones_as_one_scrolls_up(
    visit: Visit, acme: Tenancy, bob: Account, history: list[str]
) -> None:
    ben = await visit(acme, bob)
    await ben.open()
    assert await ben.texts() == history[-50:]
    assert await ben.is_at_end()
    first = ben.message(history[-50])
    await first.scroll_into_view_if_needed()
    before = (await first.bounding_box())["y"]
    await expect(ben.message(history[-100])).to_have_count(1)
    assert abs((await first.bounding_box())["y"] - before) < 2
    await ben.log.evaluate("log => log.scrollTo(0, 0)")
    await expect(ben.message(history[0])).to_have_count(1)
    await ben.log.evaluate("log => log.scrollTo(0, 0)")
    await expect(ben.page.get_by_text("This is where General begins")).to_be_in_viewport()


async def test_older_messages_that_cannot_be_loaded_are_asked_for_again(
    visit: Visit, acme: Tenancy, bob: Account, history: list[str]
) -> None:
    ben = await visit(acme, bob)
    await ben.open()
    ben.expect_complaint("503")
    await ben.page.route("**/messages?*before_seq*", lambda route: route.fulfill(status=503))
    await ben.log.evaluate("log => log.scrollTo(0, 0)")
    again = ben.log.get_by_role("button", name="Try again")
    await expect(again).to_be_visible()
    assert await ben.texts() == history[-50:]
    await ben.page.unroute("**/messages?*before_seq*")
    await again.click()
    await expect(ben.message(history[-100])).to_have_count(1)
    assert (await ben.texts())[-100:] == history[-100:]


async def test_a_line_marks_where_the_new_ones_begin_and_reading_them_is_noted(
    visit: Visit, acme: Tenancy, alice: Account, history: list[str]
) -> None:
    ann = await visit(acme, alice)
    await ann.home()
    row = ann.page.get_by_role("link", name="General")
    await expect(row).to_contain_text("3 unread")
    await expect(ann.page).to_have_title(re.compile(r"^\(3\) "))
    await ann.open()
    line = ann.log.get_by_text("New", exact=True)
    await expect(line).to_be_in_viewport()
    order = await ann.log.locator(".message .bubble, .unread").all_inner_texts()
    assert order[-4:] == ["New", *history[-3:]]
    await expect(row).not_to_contain_text("unread")
    await expect(ann.page).to_have_title(re.compile(r"^General"))
    await ann.page.reload()
    await ann.settled()
    await expect(line).to_have_count(0)


async def test_who_reads_above_is_not_moved_and_can_jump_to_what_came(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, history: list[str]
) -> None:
    server = as_server(live, acme)
    ben = await visit(acme, bob)
    await ben.open()
    await ben.log.evaluate("log => log.scrollTo(0, log.scrollHeight / 2)")
    anchor = ben.message(history[-25])
    before = (await anchor.bounding_box())["y"]
    say(server, alice, "one more")
    say(server, alice, "and another")
    jump = ben.page.get_by_role("button", name="2 new messages")
    await expect(jump).to_be_visible()
    assert abs((await anchor.bounding_box())["y"] - before) < 2
    await jump.click()
    await expect(ben.message("and another")).to_be_in_viewport()
    await expect(jump).to_be_hidden()
    say(server, alice, "you are back")
    await expect(ben.message("you are back")).to_be_in_viewport()


async def test_however_much_was_said_little_of_it_is_in_the_document(
    visit: Visit, acme: Tenancy, alice: Account
) -> None:
    ann = await visit(acme, alice)
    await ann.join()
    await ann.page.evaluate(
        """count => {
            const room = document.querySelector("parley-inbox").client.room("general");
            const user = { id: "ben", name: "Ben" };
            const said = { kind: "message", user, created_at: new Date().toISOString(), mentions: [], reactions: [] };
            const messages = Array.from({ length: count }, (_, at) => (
                { ...said, id: `${at}`, seq: at + 1, text: `line ${at + 1}` }
            ));
            room.messages.seed({ messages, older: false, newer: false });
        }""",
        TEN_THOUSAND,
    )
    await expect(ann.message(f"line {TEN_THOUSAND}")).to_be_in_viewport()
    lines = ann.log.get_by_role("article")
    assert await lines.count() <= MOST_SHOWN
    for direction, times in (("up", 6), ("down", 4)):  # further than what is shown at once
        edge, top = (lines.first, 0) if direction == "up" else (lines.last, 1e9)
        for _ in range(times):
            before = await _number(edge)
            await ann.log.evaluate("(log, top) => { log.scrollTop = top; }", top)
            await expect(edge.locator(".bubble")).not_to_have_text(f"line {before}")
            assert (await _number(edge) < before) == (direction == "up")
            assert await lines.count() <= MOST_SHOWN
            await expect(ann.message(f"line {before}")).to_be_in_viewport()


async def _number(message: Locator) -> int:
    return int((await message.locator(".bubble").inner_text()).removeprefix("line "))
