"""What stands beside the conversation: threads, search, pins, members, the room itself."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Locator, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.gathering import GENERAL, enter, gather, say
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}


async def test_a_thread_goes_on_beside_the_timeline_and_in_its_place_on_a_phone(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    parent = say(server, alice, "what about lunch?")
    ann, ben = await enter(visit, acme, alice), await enter(visit, acme, bob, **PHONE)

    await ann.message("what about lunch?").focus()
    await ann.page.keyboard.press("t")
    await expect(_panel(ann, "Thread").get_by_role("textbox")).to_be_focused()
    await ann.page.keyboard.type("noon")
    await ann.page.keyboard.press("Enter")
    await ben.log.get_by_role("button", name="1 reply").click()
    thread = _panel(ben, "Thread")
    await expect(thread.get_by_role("article")).to_have_count(2)
    assert await ben.page.locator("parley-timeline").evaluate("element => element.inert")
    await thread.get_by_role("textbox").fill("one o'clock")
    await thread.get_by_role("textbox").press("Enter")
    await expect(_panel(ann, "Thread").locator(".bubble")).to_have_text(["what about lunch?", "noon", "one o'clock"])
    await expect(_panel(ann, "Thread").get_by_text("2 replies")).to_be_visible()
    assert await ann.texts() == ["what about lunch?"] * 2 + ["noon", "one o'clock"]

    server.delete(f"{GENERAL}/messages/{parent}")
    await expect(thread.get_by_text("This message was deleted")).to_be_visible()
    await thread.get_by_role("button", name="Back to the messages").click()
    await expect(thread).to_have_count(0)
    await expect(ben.log.get_by_role("button", name="2 replies")).to_be_focused()
    await ann.page.keyboard.press("Escape")
    await expect(_panel(ann, "Thread")).to_have_count(0)


async def test_what_is_found_or_pinned_is_gone_to(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    server.post("/api/v1/rooms", {"id": "attic", "name": "Attic", "members": [alice.id]})
    server.post("/api/v1/rooms/attic/messages", {"text": "a blue lamp", "user": bob.id})
    say(server, bob, "the blue house")
    for number in range(10):
        say(server, alice, f"filler {number}" + "\n\nand on" * 4)
    say(server, alice, "blue as well")
    ann = await enter(visit, acme, alice)

    await ann.page.get_by_role("button", name="Search", exact=True).last.click()
    panel = _panel(ann, "Search")
    await expect(panel.get_by_role("searchbox")).to_be_focused()
    await ann.page.keyboard.type("blue")
    results = panel.get_by_role("listitem")
    await expect(results).to_have_count(2)
    await expect(results.locator("mark")).to_have_text(["blue", "blue"])
    await panel.get_by_text("Filters").click()
    await panel.get_by_label("From").select_option("Bob")
    await expect(results).to_have_count(1)
    await panel.get_by_role("searchbox").press("ArrowDown")
    await expect(results.get_by_role("button")).to_be_focused()
    await ann.page.keyboard.press("Enter")
    await expect(ann.message("the blue house")).to_be_focused()
    await expect(ann.message("the blue house")).to_be_in_viewport()

    await panel.get_by_role("searchbox").fill("violet")
    await expect(panel.get_by_text("No message has these words.").last).to_be_visible()
    await panel.get_by_role("searchbox").fill("lamp")
    await panel.get_by_role("button", name="All rooms").click()
    await expect(results.get_by_text("Attic")).to_be_visible()
    await results.get_by_role("button").click()
    await expect(ann.page.get_by_role("heading", name="Attic", exact=True)).to_be_visible()
    await expect(ann.message("a blue lamp")).to_be_visible()

    await ann.open()
    await ann.page.get_by_role("button", name="Pinned messages").click()
    pins = _panel(ann, "Pinned messages")
    await expect(pins.get_by_text("Nothing is pinned here.")).to_be_visible()
    await ann.message("blue as well").focus()
    await ann.page.keyboard.press("p")
    await expect(pins.get_by_role("listitem")).to_have_count(1)
    await pins.get_by_role("button", name="blue as well").click()
    await expect(ann.message("blue as well")).to_be_focused()
    await pins.get_by_role("button", name="Unpin").click()
    await expect(pins.get_by_text("Nothing is pinned here.")).to_be_visible()


async def test_owners_manage_members_and_others_only_see_them(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, carol: Account
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    server.put("/api/v1/users", {"users": [{"id": carol.id, "name": "Carol"}]})
    say(server, alice, f"welcome @{bob.id}")
    ann, ben = await enter(visit, acme, alice), await enter(visit, acme, bob)
    await expect(ann.log.locator(".mention")).to_have_text("@Bob")  # though he has not spoken
    for someone in (ann, ben):
        await someone.page.get_by_role("button", name="Members").click()
    anns, bens = _panel(ann, "Members"), _panel(ben, "Members")
    await expect(anns.get_by_role("listitem").filter(has_text="Bob")).to_contain_text("Online")
    await bens.get_by_role("button", name="More about Alice").click()
    await expect(ben.page.get_by_role("menuitem")).to_have_text(["Write to them"])
    await ben.page.get_by_role("menuitem").click()
    await expect(ben.page.locator(".room-head").get_by_role("heading", name="Alice")).to_be_visible()
    await expect(ben.page.get_by_role("list", name="Conversations").get_by_role("link", name="Alice")).to_be_visible()
    await ben.open()
    await ben.page.get_by_role("button", name="Members").click()

    await anns.get_by_role("button", name="Add people").click()
    invitation = ann.page.get_by_role("dialog", name="Add people")
    await invitation.get_by_role("searchbox").fill("car")
    await invitation.get_by_role("checkbox").check()
    await invitation.get_by_role("button", name="Add people").click()
    await expect(bens.get_by_text("Carol")).to_be_visible()

    await _act(ann, anns, "Bob", "Moderator", role="menuitemradio")
    await expect(bens.get_by_role("listitem").filter(has_text="Bob")).to_contain_text("Moderator")
    await bens.get_by_role("button", name="More about Carol").click()
    await ben.page.get_by_role("menuitem", name="Remove from room").click()
    await ben.page.get_by_role("dialog").get_by_role("button", name="Remove from room").click()
    await expect(anns.get_by_text("Carol")).to_have_count(0)

    await _act(ann, anns, "Bob", "Ban")
    ben.expect_complaint("403")
    terms = ann.page.get_by_role("dialog", name="Ban Bob?")
    await terms.get_by_label("For how long").select_option("A day")
    await terms.get_by_label("Reason (optional)").fill("enough")
    await terms.get_by_role("button", name="Ban").click()
    await expect(anns.get_by_text("enough")).to_be_visible()
    for kind in ("Rooms", "Open to join"):
        await expect(ben.page.get_by_role("list", name=kind, exact=True)).to_have_count(0)
    await expect(ben.page.get_by_text("You are banned from this room.").first).to_be_visible()
    await anns.get_by_role("button", name="Unban").click()
    await expect(anns.get_by_text("enough")).to_have_count(0)


async def test_a_room_is_set_up_muted_and_left_in_its_panel(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    ann = await enter(visit, acme, alice, permissions=["clipboard-read", "clipboard-write"])
    ben = await enter(visit, acme, bob)
    for someone in (ann, ben):
        await someone.page.get_by_role("button", name="About this room").click()
    anns, bens = _panel(ann, "About this room"), _panel(ben, "About this room")
    await expect(bens.get_by_role("button", name="Make a guest link")).to_have_count(0)
    await expect(bens.get_by_label("Topic")).to_have_count(0)

    await anns.get_by_label("Topic").fill("Lunch only")
    await anns.get_by_label("Slow mode").select_option("A message every 10 seconds")
    await anns.get_by_role("button", name="Save").click()
    await expect(bens.get_by_text("Lunch only")).to_be_visible()
    await anns.get_by_role("switch", name="Freeze").check()
    await expect(ben.page.get_by_text("This room is frozen.").first).to_be_visible()
    await anns.get_by_role("switch", name="Freeze").uncheck()
    await expect(ben.composer).to_be_visible()

    await anns.get_by_label("What it is for (optional)").fill("Fair")
    await anns.get_by_role("button", name="Make a guest link").click()
    await expect(anns.get_by_role("listitem").filter(has_text="Fair")).to_be_visible()
    [link] = server.get(f"{GENERAL}/guest-links").json["data"]
    assert await ann.page.evaluate("navigator.clipboard.readText()") == link["url"]
    await anns.get_by_role("button", name=re.compile("End this link")).click()
    await expect(anns.get_by_role("listitem")).to_have_count(0)

    await bens.get_by_role("switch", name="Mute").check()
    await expect(bens.get_by_role("switch", name="Mute")).to_be_checked()
    await bens.get_by_role("button", name="Leave room").click()
    await ben.page.get_by_role("dialog").get_by_role("button", name="Leave room").click()
    await expect(ben.page.get_by_role("button", name="Join this room")).to_be_visible()
    await anns.get_by_role("button", name="Archive").click()
    await ann.page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    await expect(ann.page.get_by_text("This room is archived.").first).to_be_visible()
    await anns.get_by_role("button", name="Take out of the archive").click()
    await expect(ann.composer).to_be_visible()


def _panel(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("region", name=name, exact=True)


async def _act(visitor: Visitor, panel: Locator, name: str, act: str, *, role: Any = "menuitem") -> None:
    await panel.get_by_role("button", name=f"More about {name}").click()
    await visitor.page.get_by_role(role, name=act, exact=True).click()
