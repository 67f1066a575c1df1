"""No surface, in no state, violates WCAG 2.2 AA as far as a machine can tell: wide and light, narrow and dark."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Locator, Page, expect

from tenants.invitations import invitation_url
from tenants.models import Account, Role
from tests.e2e.axe import Inspection
from tests.e2e.conftest import Visit
from tests.e2e.gathering import GENERAL, gather, say
from tests.e2e.looks import LOOKS, Look
from tests.e2e.visitor import NETWORK_GONE, Visitor
from tests.support import uploads
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, once_refused
from tests.support.server import LiveServer

RICH = "**bold** `code` [a link](https://example.com) @room\n\n- one\n- two\n\n> said\n\n```\nprint(1)\n```"
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
SHOP = "http://shop.localhost"
IN_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<script type="module" src="{host}/embed.js"></script><style>parley-room, parley-inbox {{ height: 600px }}</style>
<main><h1>Kettles</h1>{element}</main></html>"""

in_both_looks = pytest.mark.parametrize("look", LOOKS[:2], ids=str)


@in_both_looks
async def test_a_conversation_with_whatever_opens_in_it(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, look: Look
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    _say_all_kinds(server, as_user(live, acme, alice.id), alice, bob)
    server.put("/api/v1/settings/content", {"words": [{"word": "plonk"}]})  # heard of until it is said
    ann = await visit(acme, alice, reduced_motion="reduce", **look.options)
    await ann.open()
    await expect(ann.log.get_by_text("with files")).to_be_visible()
    inspection = Inspection(ann.page)
    await inspection.look("room")
    await _opens_what_belongs_to_a_message(ann, inspection)
    await _opens_panels(ann, inspection)
    await _writes_and_is_cut_off(ann, inspection, server)
    assert inspection.found == []


async def _opens_what_belongs_to_a_message(ann: Visitor, inspection: Inspection) -> None:
    page, keys = ann.page, ann.page.keyboard
    actions = page.locator("parley-actions")
    await ann.message("plain").focus()
    await keys.press("m")
    await inspection.look("menu", actions)
    await keys.press("Escape")
    await keys.press("+")
    await expect(page.get_by_role("combobox", name="Search emoji")).to_be_visible()
    await inspection.look("emoji picker", actions)
    await keys.press("Escape")
    await expect(ann.message("plain")).to_be_focused()
    for key, name in (("Delete", "deleting"), ("?", "keys")):
        await keys.press(key)
        await _look_at_dialog(page, inspection, name)
        await expect(ann.message("plain")).to_be_focused()
    for text, offer in (("edited since", "Edit history"), ("edited since", "Read by"), ("of another", "Report")):
        await ann.message(text).focus()
        await keys.press("m")
        await page.get_by_role("menuitem", name=offer).click()
        await _look_at_dialog(page, inspection, offer)
    await page.get_by_role("button", name="Open image photo.png").click()
    await expect(page.get_by_role("dialog", name="photo.png").get_by_role("img")).to_be_visible()
    await inspection.look("image viewer", page.locator("parley-viewer"))
    await keys.press("Escape")


async def _opens_panels(ann: Visitor, inspection: Inspection) -> None:
    page = ann.page
    search = await _open_panel(page, "Search")
    await search.get_by_role("searchbox").fill("another")
    await expect(search.get_by_role("listitem")).to_have_count(1)
    await search.get_by_text("Filters").click()
    await _leave_panel(inspection, search, "search")
    pins = await _open_panel(page, "Pinned messages")
    await expect(pins.get_by_role("listitem")).to_have_count(1)
    await _leave_panel(inspection, pins, "pins")
    members = await _open_panel(page, "Members")
    await members.get_by_role("button", name="Add people").click()
    await _look_at_dialog(page, inspection, "invitation")
    await members.get_by_role("button", name="More about Bob").click()
    await inspection.look("menu of a member", members)
    await page.get_by_role("menuitem", name="Ban").click()
    await _look_at_dialog(page, inspection, "ban")
    await _leave_panel(inspection, members, "members")
    await _leave_panel(inspection, await _open_panel(page, "About this room"), "room")
    await ann.log.get_by_role("button", name="1 reply").click()
    thread = page.get_by_role("region", name="Thread")
    await expect(thread.get_by_role("article")).to_have_count(2)
    await _leave_panel(inspection, thread, "thread")


async def _open_panel(page: Page, name: str) -> Locator:
    await page.locator(".room-head").get_by_role("button", name=name).click()
    panel = page.get_by_role("region", name=name, exact=True)
    await expect(panel).to_be_visible()
    return panel


async def _leave_panel(inspection: Inspection, panel: Locator, name: str) -> None:
    await inspection.look(name, inspection.page.locator(".conversation"))
    await panel.locator(".panel-close:visible, .panel-back:visible").click()
    await expect(panel).to_have_count(0)


async def _look_at_dialog(page: Page, inspection: Inspection, name: str) -> None:
    dialog = page.locator("dialog[open]")
    await expect(dialog).to_be_visible()
    await inspection.look(name, dialog)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def _writes_and_is_cut_off(ann: Visitor, inspection: Inspection, server: Client) -> None:
    page, send = ann.page, ann.page.get_by_role("button", name="Send")
    composer = page.locator("parley-composer")
    await page.get_by_role("button", name="Formatting").click()
    await ann.composer.press_sequentially("hi @b")
    await expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    await inspection.look("completion", composer)
    await sync_to_async(once_refused)(lambda: server.post(f"{GENERAL}/messages", {"text": "plonk", "user": "bob"}))
    await ann.composer.fill("plonk")
    await send.click()
    await expect(ann.log.get_by_text("Not sent")).to_be_visible()
    ann.expect_complaint(NETWORK_GONE)
    await page.context.set_offline(True)
    await ann.composer.fill("x" * 8_001)
    await expect(page.get_by_text("1 character too many")).to_be_visible()
    await ann.message("of another").focus()
    await page.keyboard.press("r")
    await inspection.look("too long a quotation", composer)
    await ann.message("plain").focus()
    await page.keyboard.press("p")
    await expect(page.locator(".toast")).to_be_visible()
    await expect(ann.banner).to_be_visible()
    await inspection.look("offline, with a toast and a message that was refused")


@in_both_looks
async def test_the_list_of_rooms_with_its_dialogs_and_pages(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, look: Look
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    for number in range(7):
        server.post("/api/v1/rooms", {"id": f"r{number}", "name": f"Room {number}"})
    as_user(live, acme, bob.id).post("/api/v1/rooms", {"kind": "direct", "members": [alice.id]})
    say(server, bob, "hello @room")
    ann = await visit(acme, alice, reduced_motion="reduce", **look.options)
    page, inspection = ann.page, Inspection(ann.page)
    await ann.home()
    await expect(page.get_by_role("link", name="General")).to_contain_text("unread")
    await inspection.look("rooms")
    for name in ("New room", "New conversation", "Browse all rooms", "Profile and settings"):
        await page.get_by_role("button", name=name).click()
        await expect(page.get_by_role("dialog").get_by_text("Loading")).to_have_count(0)
        await _look_at_dialog(page, inspection, name)
    await page.get_by_role("searchbox", name="Find a room").fill("nothing like it")
    await inspection.look("nothing found", page.get_by_role("navigation"))
    for path, shown in (("/people", "Bob"), ("/search", "All words have to"), ("/rooms/r0", "from outside")):
        await page.goto(path)
        await expect(page.get_by_role("main").get_by_text(shown).first).to_be_visible()
        await inspection.look(path)
    assert inspection.found == []


@in_both_looks
async def test_the_pages_around_it(visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, look: Look) -> None:
    link = as_server(live, acme).post(f"{GENERAL}/guest-links", {}).json["url"]
    invitation = await sync_to_async(_invitation)(acme)
    someone = await visit(acme, **look.options)
    someone.expect_complaint("40[134]|410")
    page, inspection = someone.page, Inspection(someone.page)
    pages = {"invitation": invitation, "used invitation": "/invitation/1/x", "guest": link, "ended": f"{link[:-3]}xyz"}
    for name, path in {**pages, "sign-in": "/sign-in"}.items():
        await page.goto(path)
        await inspection.look(name)
    await page.get_by_label("E-mail").fill(alice.email)
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await inspection.look("refused sign-in")
    await someone.sign_in(acme, await acme.aaccount("olga", Role.OWNER))
    for name in ("embed", "rooms/nowhere"):
        await page.goto(f"/{name}")
        await inspection.look(name)
    for path, chapter in (("/api/docs", page.locator(".chapter").first), ("/api/docs/errors", None)):
        await page.goto(path)
        await inspection.look(path, chapter)  # one of many alike; what is around them both pages have
    assert inspection.found == []


@in_both_looks
async def test_the_elements_on_a_page_of_a_customer(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, look: Look
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    say(server, bob, "hello")
    server.put("/api/v1/settings/origins", {"origins": [SHOP]})
    someone = await visit(acme, permissions=["local-network-access"], reduced_motion="reduce", **look.options)
    page, inspection = someone.page, Inspection(someone.page)
    log = page.get_by_role("log").get_by_text("hello")

    async def show(element: str) -> None:
        tag = f'<parley-{element} room="general" token="{acme.token(alice.id)}"></parley-{element}>'
        body = IN_PAGE.format(host=f"http://{acme.host}:{live.port}", element=tag)
        await page.unroute_all()
        await page.route(f"{SHOP}/", lambda route: route.fulfill(content_type="text/html", body=body))
        await page.goto(SHOP)

    await show("room")
    await expect(log).to_be_visible()
    await inspection.look("room")
    await show("inbox")
    general = page.locator(".row[data-room=general]")
    await expect(general).to_be_visible()
    await inspection.look("inbox")
    await general.click()
    await expect(log).to_be_visible()
    await inspection.look("room in the inbox")
    await show("launcher")
    await page.get_by_role("button", name=re.compile("Open messages")).click()
    await expect(log).to_be_visible()
    await inspection.look("launcher")
    assert inspection.found == []


async def test_a_burst_is_not_read_out_message_by_message(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    ann = await visit(acme, alice)
    await ann.open()
    spoken = ann.page.locator("parley-speaker").get_by_role("status")
    await spoken.evaluate("""region => {
        window.said = [];
        new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
    }""")
    for number in range(12):
        say(server, bob, f"line {number}")
    await expect(spoken).to_have_text(re.compile(r"^\d+ new messages$"))
    said = await ann.page.evaluate("said")
    assert said[0] == "Bob: line 0"
    assert len(said) < 6
    await ann.page.evaluate("said.length = 0; document.querySelector('parley-inbox').context.announce('Again')")
    await expect(spoken).to_have_text("Again")
    await ann.page.evaluate("document.querySelector('parley-inbox').context.announce('Again')")
    await ann.page.wait_for_function("said.length === 2")


async def test_what_is_chosen_and_focused_shows_without_colours_of_its_own_and_nothing_is_cut_off_at_400_percent(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account
) -> None:
    gather(as_server(live, acme), alice, bob)
    ann = await visit(acme, alice, forced_colors="active", viewport={"width": 320, "height": 256})
    await ann.home()
    assert await ann.page.evaluate(OVERFLOW) <= 0
    await ann.open()
    assert await ann.page.evaluate(OVERFLOW) <= 0
    await ann.composer.focus()
    await expect(ann.composer).to_be_in_viewport(ratio=1)
    await expect(ann.page.locator(".composer .field")).to_have_css("outline", re.compile("solid 2px"))
    formatting = ann.page.get_by_role("button", name="Formatting")
    await expect(formatting).not_to_have_css("outline-style", "solid")
    await formatting.click()
    await ann.composer.focus()
    await expect(formatting).to_have_css("outline-style", "solid")


def _invitation(tenant: Tenancy) -> str:
    invited = Account.objects.create_user(f"new@{tenant.host}", None)
    tenant.made.tenant.memberships.create(account=invited)
    return urlsplit(invitation_url(tenant.made.tenant, invited)).path


def _say_all_kinds(server: Client, alices: Client, alice: Account, bob: Account) -> None:
    """Whatever a timeline can have in it."""
    said = f"{GENERAL}/messages"

    def put(text: str, user: Account, **more: str) -> str:
        return str(server.post(said, {"text": text, "user": user.id, **more}).json["id"])

    other = put("of another", bob)
    put(f"hello @{alice.id}", bob)
    put(RICH, bob)
    server.delete(f"{said}/{put('gone', bob)}")
    put("quoting", alice, quote=other)
    put("a reply", bob, parent=other)
    edited = put("first", alice)
    server.patch(f"{said}/{edited}", {"text": "edited since"})
    alices.put(f"{said}/{edited}/pin")
    alices.put(f"{said}/{other}/reactions/{quote('🎉')}")
    image = uploads.hand_in(alices, uploads.image(size=(80, 60)), "photo.png", "image/png").json["id"]
    notes = uploads.hand_in(alices, b"notes", "notes.txt", "text/plain").json["id"]
    alices.post(said, {"text": "with files", "attachments": [image, notes]})
    put("plain", alice)
