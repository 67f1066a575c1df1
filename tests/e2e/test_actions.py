"""What can be done with a message: by pointer, by keys, by a finger."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.gathering import GENERAL, enter, gather, say
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer

REFUSAL = {
    "status": 403,
    "headers": {"Content-Type": "application/problem+json"},
    "body": '{"code": "not_allowed", "detail": "No."}',
}


async def test_what_one_does_to_a_message_the_other_sees(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    first = say(server, alice, "first")
    ann = await enter(visit, acme, alice, permissions=["clipboard-read", "clipboard-write"])
    ben = await enter(visit, acme, bob)

    await ann.message("first").locator(".bubble").hover()
    await ann.page.get_by_role("button", name="React with 👍").click()
    for someone, count in ((ann, 1), (ben, 1)):
        await expect(_chip(someone, "👍")).to_have_accessible_name(re.compile(rf"👍, {count} "))
    await expect(_chip(ann, "👍")).to_have_attribute("aria-pressed", "true")
    await _chip(ben, "👍").click()
    await expect(_chip(ann, "👍")).to_have_accessible_name("👍, 2 people")
    await _chip(ann, "👍").hover()
    await expect(_chip(ann, "👍")).to_have_attribute("title", "You and Bob")
    await _chip(ann, "👍").click()
    await expect(_chip(ben, "👍")).to_have_accessible_name("👍, 1 person")

    await ben.page.route("**/reactions/**", lambda route: route.fulfill(**REFUSAL))
    ben.expect_complaint("403")
    await _chip(ben, "👍").click()
    await expect(ben.page.get_by_role("alert")).to_have_text("You are not allowed to do that.")
    await expect(_chip(ben, "👍")).to_have_attribute("aria-pressed", "true")

    await _choose(ann, "first", "Pin")
    await expect(ben.message("first").get_by_text("Pinned")).to_be_visible()
    await _choose(ann, "first", "Copy link")
    await expect(ann.page.get_by_text("Link copied")).to_be_visible()
    copied = await ann.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{ann.page.url}/messages/{first}"
    await _choose(ann, "first", "Copy text")
    await expect(ann.page.get_by_text("Text copied")).to_be_visible()
    assert await ann.page.evaluate("navigator.clipboard.readText()") == "first"
    await _choose(ann, "first", "Read by")
    await expect(ann.page.get_by_role("dialog").get_by_text("Bob")).to_be_visible()
    await ann.page.keyboard.press("Escape")

    server.patch(f"{GENERAL}/messages/{first}", {"text": "second"})
    await ann.message("second").get_by_role("button", name="edited").click()
    history = ann.page.get_by_role("dialog", name="Edit history")
    await expect(history.get_by_role("paragraph")).to_have_text(["first", "second"])
    await ann.page.keyboard.press("Escape")

    assert await _offers(ben, "second") == ["React", "Reply in thread", "Quote", "Copy text", "Copy link", "Report"]
    await ben.page.get_by_role("menuitem", name="Report").click()
    report = ben.page.get_by_role("dialog", name="Report message")
    await report.get_by_label("Spam").check()
    await report.get_by_label(re.compile("What moderators")).fill("again and again")
    await report.get_by_role("button", name="Report").click()
    await expect(ben.page.get_by_role("alert").get_by_text("The moderators have been told")).to_be_visible()
    await expect(report).to_have_count(0)
    [told] = server.get("/api/v1/reports").json["data"]
    assert (told["message"]["id"], told["reason"], told["note"]) == (first, "spam", "again and again")

    await _choose(ann, "second", "Delete")
    question = ann.page.get_by_role("dialog", name="Delete this message?")
    await question.get_by_role("button", name="Cancel").click()
    await expect(question).to_have_count(0)
    await _choose(ann, "second", "Delete")
    await question.get_by_role("button", name="Delete").click()
    await expect(ben.log.get_by_text("This message was deleted")).to_be_visible()


async def test_keys_work_on_messages_and_nowhere_else(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    for text in ("one", "two", "three"):
        say(server, alice, text)
    ann = await enter(visit, acme, alice)
    keyboard = ann.page.keyboard
    await ann.composer.press_sequentially("?met")
    await expect(ann.page.get_by_role("dialog")).to_have_count(0)
    await ann.composer.fill("")

    await ann.log.focus()
    await keyboard.press("ArrowUp")
    await expect(ann.message("three")).to_be_focused()
    await keyboard.press("k")
    await expect(ann.message("two")).to_be_focused()
    await keyboard.press("Home")
    await expect(ann.message("one")).to_be_focused()
    await keyboard.press("j")
    await keyboard.press("?")
    await expect(ann.page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    await keyboard.press("Escape")
    await expect(ann.message("two")).to_be_focused()

    await keyboard.press("m")
    menu = ann.page.get_by_role("menu")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await keyboard.press("End")
    await expect(menu.get_by_role("menuitem", name="Delete")).to_be_focused()
    await keyboard.press("ArrowDown")
    await expect(menu.get_by_role("menuitem").first).to_be_focused()
    await keyboard.press("c")
    await expect(menu.get_by_role("menuitem", name="Copy text")).to_be_focused()
    await keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(ann.message("two")).to_be_focused()

    await keyboard.press("+")
    await ann.page.get_by_role("combobox", name="Search emoji").fill("tada")
    await keyboard.press("Enter")
    await expect(_chip(ann, "🎉")).to_be_visible()
    await expect(ann.message("two")).to_be_focused()
    await keyboard.press("p")
    await expect(ann.message("two").get_by_text("Pinned")).to_be_visible()
    await keyboard.press("e")
    await expect(ann.composer).to_have_value("two")
    await expect(ann.composer).to_be_focused()
    await keyboard.press("Escape")
    await ann.message("three").focus()
    await keyboard.press("Delete")
    await ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(ann.message("three")).to_have_count(0)
    await ann.message("one").focus()
    await keyboard.press("Escape")
    await expect(ann.composer).to_be_focused()


def _chip(visitor: Visitor, emoji: str) -> Locator:
    return visitor.log.get_by_role("button", name=re.compile(f"^{emoji}, "))


async def _offers(visitor: Visitor, text: str) -> list[str]:
    """What the menu of a message has, which is left open."""
    await visitor.message(text).locator(".bubble").click(button="right")
    return [offer for offer in await visitor.page.get_by_role("menuitem").all_inner_texts() if offer.isascii()]


async def _choose(visitor: Visitor, text: str, offer: str) -> None:
    await _offers(visitor, text)
    await visitor.page.get_by_role("menuitem", name=offer, exact=True).click()
