"""Who is confined to certain rooms: guests, from the link that an owner copies to its end; holders of such a token."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.gathering import enter, gather
from tests.e2e.sites import Site
from tests.e2e.visitor import Visitor
from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer
from tests.support.tokens import signed
from tests.support.uploads import image

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}


async def test_a_guest_comes_by_a_link_takes_part_in_one_room_and_is_told_when_it_ends(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    gather(as_server(live, acme), alice, bob)
    ann = await enter(visit, acme, alice, permissions=["clipboard-read", "clipboard-write"])
    url = await _make_link(ann)

    gus = await visit(acme, **PHONE)
    await gus.page.goto(url)
    await expect(gus.page.get_by_role("heading", name="Acme invites you to General")).to_be_visible()
    await gus.page.get_by_label("Your name").fill("Gus")
    await gus.page.get_by_role("button", name="Come in").click()
    await gus.settled()
    await _takes_part(gus, ann)
    await _is_offered_nothing_that_is_refused(gus)
    await _is_a_guest_among_members(ann)

    gus.expect_complaint("WebSocket|401|410")
    await _end_link(ann)
    await expect(gus.banner).to_contain_text("Your guest link is no longer open")
    await expect(gus.page.get_by_text("Sign in again")).to_have_count(0)
    for address in (gus.page.url, url):
        await gus.page.goto(address)
        await expect(gus.page.get_by_role("heading", name="This guest link is no longer open")).to_be_visible()


async def test_who_has_a_token_for_certain_rooms_is_offered_no_others(
    visit: Visit, live: LiveServer, acme: Tenancy
) -> None:
    server = as_server(live, acme)
    server.post("/api/v1/rooms", {"id": "order", "name": "Order", "kind": "private"})
    for name in ("ann", "bob"):
        server.put(f"/api/v1/users/{name}", {"name": name.title()})
        server.put(f"/api/v1/rooms/order/members/{name}", {})
    host = f"http://{acme.host}:{live.port}"
    policy = f"default-src 'none'; script-src {host}; connect-src {host} {host.replace('http', 'ws')}"
    async with Site("shop.localhost", policy).served() as shop:
        server.put("/api/v1/settings/origins", {"origins": [shop.origin]})
        token = signed(acme, "ann", name="Ann", rooms=["order"])
        script = f'<script type="module" src="{host}/embed.js"></script>'
        shop.pages["/"] = f'<!doctype html><html lang="en">{script}<parley-inbox token="{token}"></parley-inbox></html>'
        ann = await visit(acme)
        await ann.page.goto(shop.origin)
        rooms = ann.page.get_by_role("navigation")
        await rooms.get_by_role("button", name="Order").click()
        await expect(ann.composer).to_be_visible()
        assert await _offered(rooms.locator("header")) == ["Search messages", "Profile and settings"]
        await ann.page.get_by_role("button", name="Members").click()
        await expect(_panel(ann, "Members").get_by_role("listitem")).to_have_count(2)
        assert await _offered(_panel(ann, "Members").locator(".people")) == []


async def _make_link(ann: Visitor) -> str:
    links = await _links(ann)
    await links.get_by_label("What it is for").fill("The fair")
    await links.get_by_role("button", name="Make a guest link").click()
    await expect(links.get_by_role("listitem")).to_contain_text("The fair")
    await links.get_by_role("button", name="Copy link: The fair").click()
    return str(await ann.page.evaluate("navigator.clipboard.readText()"))


async def _links(ann: Visitor) -> Locator:
    await ann.page.get_by_role("button", name="About this room").click()
    return ann.page.get_by_role("region", name="Guest links")


async def _takes_part(gus: Visitor, ann: Visitor) -> None:
    await gus.say("Hello from outside")
    await ann.sees("Hello from outside")
    await ann.say("Welcome")
    await gus.message("Welcome").focus()
    await gus.page.keyboard.press("a")
    picker = gus.page.get_by_role("dialog", name="React")
    await expect(picker).to_be_in_viewport(ratio=1)
    await picker.get_by_role("option").first.click()
    await expect(ann.message("Welcome").get_by_role("button", name="1 person")).to_be_visible()
    async with gus.page.expect_file_chooser() as choosing:
        await gus.page.get_by_role("button", name="Attach files").click()
    await (await choosing.value).set_files({"name": "a.png", "mimeType": "image/png", "buffer": image()})
    await gus.say("Look")
    await expect(ann.log.locator("parley-attachments img")).to_be_visible()


async def _is_offered_nothing_that_is_refused(gus: Visitor) -> None:
    """In any panel, in the list of rooms, in the profile."""
    page = gus.page
    await page.get_by_role("button", name="Members").click()
    await expect(_panel(gus, "Members").get_by_role("listitem")).to_have_count(3)
    assert await _offered(_panel(gus, "Members")) == ["Back to the messages"]
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="About this room").click()
    about = ["Back to the messages", "Copy link to room", "Keyboard", "Leave room"]
    assert await _offered(_panel(gus, "About this room")) == about
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Search").click()
    assert await _offered(_panel(gus, "Search")) == ["Back to the messages"]
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="All rooms").click()
    rooms = page.get_by_role("navigation")
    await expect(rooms.get_by_role("link")).to_have_count(1)
    assert await _offered(rooms.locator("header")) == []
    await rooms.get_by_role("button", name="Profile").click()
    profile = page.get_by_role("dialog")
    await expect(profile.get_by_role("combobox")).to_have_count(3)
    await expect(profile.get_by_role("textbox")).to_have_count(0)
    await expect(profile.get_by_role("link")).to_have_count(0)
    await page.keyboard.press("Escape")
    await rooms.get_by_role("link", name="General").click()


async def _offered(place: Locator) -> list[str]:
    """The buttons that can be seen there, by their names."""
    await expect(place).to_be_visible()
    buttons = place.get_by_role("button")
    return [
        await each.get_attribute("aria-label") or " ".join((await each.inner_text()).split())
        for each in await buttons.all()
    ]


def _panel(someone: Visitor, name: str) -> Locator:
    return someone.page.get_by_role("region", name=name, exact=True)


async def _is_a_guest_among_members(ann: Visitor) -> None:
    await ann.page.get_by_role("button", name="Members").click()
    guest = _panel(ann, "Members").get_by_role("listitem").filter(has_text="Gus")
    await expect(guest).to_contain_text("Guest")
    await guest.get_by_role("button", name="More about Gus").click()
    await expect(ann.page.get_by_role("menu")).not_to_contain_text("Write to them")
    await ann.page.keyboard.press("Escape")


async def _end_link(ann: Visitor) -> None:
    links = await _links(ann)
    await expect(links.get_by_role("listitem")).to_contain_text("1 guest")
    await links.get_by_role("button", name="End this link: The fair").click()
    await expect(links.get_by_role("listitem")).to_have_count(0)
