"""The list of rooms, and what it leads to, on the organisation's own pages."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.looks import PHONE
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer

OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
NOBODY_LOOKS = """
    Object.defineProperty(document, "hidden", { configurable: true, get: () => window.away ?? false });
    window.Notification = class {
        static permission = "default";
        static async requestPermission() { return (this.permission = "granted"); }
        constructor(title, { body }) {
            window.notice = this;
            document.documentElement.dataset.told = `${title}: ${body}`;
        }
        close() {}
    };
"""


async def test_rooms_are_made_filled_read_and_left_by_the_keyboard_and_the_back_button(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    for someone in (ann, ben):
        await someone.home()
    await _make_room(ann, "Release Planning", "Bob")
    await expect(ann.page).to_have_url(re.compile("/rooms/release-planning$"))
    await expect(ann.page).to_have_title("Release Planning · Acme")
    await ann.say("over here")
    await ann.sees("over here")

    await ben.page.reload()
    row = _rooms(ben).get_by_role("link", name="Release Planning")
    await expect(row).to_contain_text("1 unread")
    await expect(ben.page).to_have_title("(1) Acme")
    await ann.say("and again")
    await expect(row).to_contain_text("2 unread")
    await expect(row).to_contain_text("Alice: and again")
    await expect(ben.page).to_have_title("(2) Acme")
    assert await row.get_attribute("href") == "/rooms/release-planning"

    await ben.page.keyboard.press("Control+k")
    await expect(ben.page.get_by_label("Find a room or person")).to_be_focused()
    await ben.page.keyboard.type("PLANN")
    await expect(_rooms(ben).get_by_role("link", name="General")).to_be_hidden()
    await ben.page.keyboard.press("ArrowDown")
    await expect(row).to_be_focused()
    await ben.page.keyboard.press("Enter")
    await ben.sees("over here", "and again")
    await expect(row).not_to_contain_text("unread")
    await expect(row).to_have_attribute("aria-current", "page")
    await expect(ben.page).to_have_title("Release Planning · Acme")
    await ben.page.go_back()
    await expect(ben.page.get_by_role("heading", name="Choose a room")).to_be_visible()
    await expect(ben.page).to_have_title("Acme")
    await ben.page.go_forward()
    await ben.sees("over here", "and again")


async def test_on_a_phone_the_list_and_the_room_are_views_of_their_own(
    visit: Visit, acme: Tenancy, alice: Account
) -> None:
    ann = await visit(acme, alice, **PHONE)
    await ann.home()
    await expect(_rooms(ann)).to_be_visible()
    assert await ann.page.evaluate(OVERFLOW) <= 0
    await _rooms(ann).get_by_role("link", name="General").click()
    await expect(ann.log).to_be_visible()
    await expect(_rooms(ann)).to_be_hidden()
    assert await ann.page.evaluate(OVERFLOW) <= 0
    await ann.page.get_by_role("button", name="All rooms").click()
    await expect(_rooms(ann).get_by_role("link", name="General")).to_be_focused()
    await expect(ann.page).to_have_url(re.compile("[^/]/$"))


async def test_rooms_people_and_messages_are_found(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account
) -> None:
    server = as_server(live, acme)
    for number in range(7):
        server.post("/api/v1/rooms", {"id": f"r{number}", "name": f"Room {number}", "topic": "Of a row"})
    server.put("/api/v1/users", {"users": [{"id": "bob", "name": "Bob"}, {"id": "acc_2", "name": "Cy"}]})
    said = server.post("/api/v1/rooms/r6/messages", {"text": "the needle, @acc_2 **now**", "user": "bob"}).json["id"]
    ann = await visit(acme, alice)
    await ann.home()
    offered = ann.page.get_by_role("list", name="Open to join").get_by_role("link")
    await expect(offered).to_have_count(5)
    await expect(offered.first).to_contain_text("Bob: the needle, @Cy now")

    opener = _rooms(ann).get_by_role("button", name="Browse all rooms")
    await opener.click()
    browse = ann.page.get_by_role("dialog", name="Browse rooms")
    await expect(browse.get_by_role("listitem")).to_have_count(8)
    await ann.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
    await opener.click()
    await browse.get_by_label("Find a room by name").fill("room 3")
    await expect(browse.get_by_role("listitem")).to_have_count(1)
    await browse.get_by_role("button", name="Join Room 3").click()
    await expect(ann.page).to_have_url(re.compile("/rooms/r3$"))
    await expect(ann.composer).to_be_visible()
    mine = ann.page.get_by_role("list", name="Rooms", exact=True)
    await expect(mine.get_by_role("link", name="Room 3")).to_be_visible()

    await ann.page.get_by_role("link", name="Search messages").click()
    await expect(ann.page).to_have_url(re.compile("/search$"))
    await ann.page.get_by_role("searchbox", name="Search messages").fill("needle")
    await ann.page.get_by_role("button", name="Room 6").click()
    await expect(ann.page).to_have_url(re.compile(f"/rooms/r6/messages/{said}$"))
    await expect(ann.log.get_by_role("article").filter(has_text="the needle")).to_be_in_viewport()

    await ann.page.get_by_role("link", name="People").click()
    await ann.page.get_by_role("button", name="Bob").click()
    await expect(ann.page).to_have_title("Bob · Acme")
    await ann.say("hello Bob")
    await ann.sees("hello Bob")
    await expect(ann.page.get_by_role("list", name="Conversations").get_by_role("link", name="Bob")).to_contain_text(
        "You: hello Bob"
    )


async def test_what_one_chose_is_kept_and_what_comes_while_one_is_away_is_told(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    await ann.page.context.add_init_script(NOBODY_LOOKS)
    for someone in (ann, ben):
        await someone.home()
    await _make_room(ben, "Quiet", "Alice")
    await ann.home()
    await expect(_rooms(ann).get_by_role("link", name="Quiet")).to_be_visible()
    await ann.page.evaluate("away = true; document.dispatchEvent(new Event('visibilitychange'))")
    await ben.say("now @room")
    hint = ann.page.get_by_role("status").filter(has_text="Do you want to be notified")
    await hint.get_by_role("button", name="Turn on notifications").click()
    await expect(hint).to_be_hidden()
    await ben.say("@room again")
    told = ann.page.locator("html[data-told]")
    await expect(told).to_have_attribute("data-told", "Bob in Quiet: @room again")
    await ben.say("nothing to you")
    await expect(_rooms(ann).get_by_role("link", name="Quiet")).to_contain_text("Bob: nothing to you")
    await expect(told).to_have_attribute("data-told", "Bob in Quiet: @room again")
    await ann.page.evaluate("away = false; notice.onclick()")
    await expect(ann.page).to_have_url(re.compile("/rooms/quiet$"))

    await ann.page.get_by_role("button", name="Profile and settings").click()
    profile = ann.page.get_by_role("dialog", name="Profile and settings")
    await expect(profile.get_by_role("button", name="Turn on notifications")).to_have_count(0)
    await profile.get_by_label("Appearance").select_option("Dark")
    await profile.get_by_label("Invisible").check()
    await profile.get_by_label("Name").fill("Ann Other")
    await profile.get_by_role("button", name="Save").click()
    await expect(profile).to_be_hidden()
    await ann.page.reload()
    await expect(ann.page.locator("parley-inbox")).to_have_attribute("theme", "dark")
    await ann.page.get_by_role("button", name="Ann Other").click()
    await expect(profile.get_by_label("Invisible")).to_be_checked()
    await profile.get_by_label("Language").select_option("Deutsch")
    await expect(ann.page.locator("html")).to_have_attribute("lang", "de")


def _rooms(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("navigation", name="Rooms and conversations")


async def _make_room(visitor: Visitor, name: str, member: str) -> None:
    """A private one, of two."""
    await visitor.page.get_by_role("button", name="New room").click()
    dialog = visitor.page.get_by_role("dialog", name="New room")
    await dialog.get_by_label("Name", exact=True).fill(name)
    await dialog.get_by_label("Private").check()
    await dialog.get_by_label(member).check()
    await dialog.get_by_role("button", name="Make room").click()
    await expect(dialog).to_be_hidden()
    await expect(visitor.composer).to_be_focused()
