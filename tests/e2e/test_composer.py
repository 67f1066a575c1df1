"""Where one writes: names, emoji and Markdown, drafts, edits and quotes, and what holds one back."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.looks import PHONE
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server
from tests.support.server import LiveServer

GENERAL = "/api/v1/rooms/general"


async def test_what_is_written_with_names_emoji_and_formats_is_sent_as_the_server_reads_it(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    ann = await _in_general(visit, server, acme, alice, bob)
    field, keyboard = _field(ann), ann.page.keyboard

    await field.press_sequentially("hi @b")
    offered = ann.page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    await expect(offered).to_have_text([re.compile("Bob")])
    chosen = await offered.get_attribute("id")
    await expect(field).to_have_attribute("aria-activedescendant", str(chosen))
    await keyboard.press("Escape")
    await expect(offered).to_have_count(0)
    await keyboard.press("Backspace")
    await expect(offered).to_have_count(0)
    await keyboard.press("Backspace")
    await field.press_sequentially("@bo")
    await expect(offered).to_have_count(1)
    await keyboard.press("Enter")
    await expect(field).to_have_value("hi @Bob ")
    await field.press_sequentially(":tad")
    await expect(offered).to_have_text([re.compile(":tada:")])
    await keyboard.press("Tab")
    await expect(field).to_have_value("hi @Bob 🎉 ")
    await keyboard.press("Control+z")
    await expect(field).not_to_have_value(re.compile("🎉"))
    await keyboard.press("Control+Shift+z")
    await expect(field).to_have_value("hi @Bob 🎉 ")

    await keyboard.press("Shift+Enter")
    await field.press_sequentially("- one")
    await keyboard.press("Shift+Enter")
    await field.press_sequentially("two")
    await keyboard.press("Shift+Control+ArrowLeft")
    await keyboard.press("Control+b")
    await _paste(field, "https://example.com/a")
    await keyboard.press("Enter")
    await expect(field).to_have_value("")
    await expect(ann.log.get_by_role("link", name="two")).to_be_visible()
    await expect(ann.log.locator(".pending")).to_have_count(0)
    said = _last(server)
    assert said["text"] == f"hi @{bob.id} 🎉 \n- one\n- **[two](https://example.com/a)**"
    assert said["mentions"] == [bob.id]

    await ann.page.get_by_role("button", name="Formatting").click()
    await field.fill("look")
    await keyboard.press("Control+a")
    for name in ("Italic", "Strikethrough", "Code", "Quote"):
        await ann.page.get_by_role("button", name=name).click()
    await expect(field).to_have_value("> _~~`look`~~_")
    await field.fill("x" * 8_001)
    await expect(ann.page.get_by_text("1 character too many")).to_be_visible()
    await expect(ann.page.get_by_role("button", name="Send")).to_be_disabled()


async def test_a_draft_outlives_reloads_and_edits_and_an_edit_knows_what_became_of_its_message(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    ann = await _in_general(visit, server, acme, alice, bob)
    field, keyboard = _field(ann), ann.page.keyboard
    subject = ann.page.locator("[part=subject]")
    server.post(f"{GENERAL}/messages", {"text": f"to @{bob.id}", "user": alice.id})
    second = server.post(f"{GENERAL}/messages", {"text": "second", "user": alice.id}).json["id"]
    await expect(ann.log.get_by_text("second", exact=True)).to_be_visible()

    await field.press("ArrowUp")
    await expect(subject).to_contain_text("Editing")
    await expect(field).to_have_value("second")
    await field.fill("third")
    await keyboard.press("Enter")
    await expect(subject).to_have_count(0)
    await expect(ann.log.get_by_text("third", exact=True)).to_be_visible()
    await keyboard.press("ArrowUp")
    server.patch(f"{GENERAL}/messages/{second}", {"text": "fourth"})
    await expect(ann.page.locator("[part=problem]")).to_contain_text("changed meanwhile")
    server.delete(f"{GENERAL}/messages/{second}")
    await expect(ann.page.locator("[part=problem]")).to_contain_text("deleted")
    await expect(ann.page.get_by_role("button", name="Save")).to_be_disabled()
    await keyboard.press("Escape")
    await expect(field).to_have_value("")
    await keyboard.press("ArrowUp")
    await expect(field).to_have_value("to @Bob")
    await keyboard.press("Escape")

    await field.fill("not yet")
    await ann.page.reload()
    await expect(field).to_have_value("not yet")
    await ann.log.get_by_role("article").first.press("r")
    await expect(subject).to_contain_text("Quoting Alice")
    await expect(field).to_be_focused()
    await field.press("Escape")
    await expect(subject).to_have_count(0)
    await expect(field).to_have_value("not yet")


async def test_emoji_are_picked_by_name_and_by_finger_and_the_latest_come_first(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann = await _in_general(visit, as_server(live, acme), acme, alice, bob, **PHONE)
    field, keyboard = _field(ann), ann.page.keyboard
    opener = ann.page.get_by_role("button", name="Insert an emoji")
    picker = ann.page.get_by_role("dialog", name="Insert an emoji")
    await field.fill("one")
    await field.press("Enter")
    await field.press_sequentially("two ")
    await opener.tap()
    await picker.get_by_role("combobox", name="Search emoji").fill("rock")
    await expect(picker.get_by_role("option")).to_have_count(2)
    await keyboard.press("ArrowRight")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(picker).to_be_hidden()
    await expect(field).to_have_value("one\ntwo 🤘")
    await expect(field).to_be_focused()
    await opener.tap()
    await expect(picker.get_by_role("group", name="Recently used").get_by_role("option")).to_have_text(["🤘"])
    await picker.get_by_role("button", name="Skin tone 5").tap()
    await picker.get_by_role("option", name="+1").tap()
    await expect(field).to_have_value("one\ntwo 🤘👍🏿")
    await opener.tap()
    await keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await ann.page.get_by_role("button", name="Send").tap()
    await expect(ann.log.get_by_text("two 🤘👍🏿")).to_be_visible()


async def test_what_holds_one_back_is_told_at_once_and_the_draft_outlives_it(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    ann = await visit(acme, alice)
    await ann.page.goto("/rooms/general")
    await ann.page.get_by_role("button", name="Join this room").click()
    field = _field(ann)
    await expect(field).to_be_focused()
    await field.fill("half a")
    barred = ann.page.locator("[part=barred]")
    for change, words in (
        ({"frozen": True}, "Only moderators can write now"),
        ({"archived": True}, "This room is archived"),
    ):
        server.patch(GENERAL, change)
        await expect(barred).to_contain_text(words)
        await expect(field).to_be_hidden()
        server.patch(GENERAL, dict.fromkeys(change, False))
        await expect(field).to_have_value("half a")

    server.patch(GENERAL, {"slow_seconds": 600})
    await field.press("Enter")
    waiting = ann.page.get_by_role("button", name=re.compile("Slow mode: wait"))
    await expect(waiting).to_be_disabled()
    await field.fill("too soon")
    await field.press("Enter")
    await expect(field).to_have_value("too soon")
    server.patch(GENERAL, {"slow_seconds": 0})

    ann.expect_complaint("403")
    server.put(f"{GENERAL}/bans/{alice.id}", {})
    await expect(barred).to_contain_text("You are banned from this room.")
    await expect(field).to_be_hidden()


async def _in_general(
    visit: Visit, server: Client, acme: Tenancy, account: Account, *others: Account, **options: Any
) -> Visitor:
    """Somebody who is in the room with others."""
    people = [{"id": person.id, "name": person.name} for person in (account, *others)]
    server.put("/api/v1/users", {"users": people})
    server.post(f"{GENERAL}/members", {"members": [{"user": person["id"]} for person in people]})
    visitor = await visit(acme, account, **options)
    await visitor.page.goto("/rooms/general")
    await expect(_field(visitor)).to_be_visible()
    return visitor


def _field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("textbox", name="Message General")


async def _paste(field: Locator, text: str) -> None:
    await field.evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def _last(server: Client) -> Any:
    return server.get(f"{GENERAL}/messages?limit=1").json["data"][0]
