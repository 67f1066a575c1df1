"""What is new, what was read, and the way back through the history."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from chat.models import Member, Message, Room, User
from tenants.models import Account
from tenants.scope import tenant_scope
from tests.e2e.conftest import Visit
from tests.support.cast import Tenancy

TOTAL = 130


@pytest.fixture
def history(acme: Tenancy, alice: Account, bob: Account) -> list[str]:
    """A conversation of Alice and Bob that is longer than two pages; Alice has read all but the last three."""
    texts = [f"line {number}" for number in range(1, TOTAL + 1)]
    with tenant_scope(acme.record):
        room = Room.objects.get(id="general")
        people = [User.objects.create(id=each.id, name=each.name, account_id=each.id) for each in (alice, bob)]
        Message.objects.bulk_create(
            Message(room=room, seq=seq, changed_seq=seq, user=people[seq < TOTAL - 10 and seq % 3 == 0], text=text)
            if seq <= TOTAL - 3
            else Message(room=room, seq=seq, changed_seq=seq, user=people[1], text=text)
            for seq, text in enumerate(texts, 1)
        )
        Room.objects.filter(id=room.id).update(last_seq=TOTAL)
        Member.objects.create(room=room, user=people[0], read_seq=TOTAL - 3)
        Member.objects.create(room=room, user=people[1], read_seq=TOTAL)
    return texts


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
    visit: Visit, acme: Tenancy, alice: Account, bob: Account, history: list[str]
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    await ann.open()
    await ben.open()
    await ben.log.evaluate("log => log.scrollTo(0, log.scrollHeight / 2)")
    anchor = ben.message(history[-25])
    before = (await anchor.bounding_box())["y"]
    await ann.say("one more")
    await ann.say("and another")
    jump = ben.page.get_by_role("button", name="2 new messages")
    await expect(jump).to_be_visible()
    assert abs((await anchor.bounding_box())["y"] - before) < 2
    await jump.click()
    await expect(ben.message("and another")).to_be_in_viewport()
    await expect(jump).to_be_hidden()
    await ann.say("you are back")
    await expect(ben.message("you are back")).to_be_in_viewport()
