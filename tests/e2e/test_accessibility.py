"""No surface, in no state, violates WCAG 2.2 AA as far as a machine can tell: light and dark, wide and narrow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from playwright.async_api import Locator, expect

from tenants.invitations import invitation_url
from tenants.models import Account, Role
from tests.e2e.axe import Inspection
from tests.e2e.conftest import Visit
from tests.e2e.gathering import GENERAL, gather, say
from tests.e2e.visitor import Visitor
from tests.support import uploads
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, session_of
from tests.support.server import LiveServer

SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
RICH = "**bold** `code` [a link](https://example.com) @room\n\n- one\n- two\n\n> said\n\n```\nprint(1)\n```"
SHOP = "http://shop.localhost"


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> Any:
    return {"viewport": SIZES[request.param], "reduced_motion": "reduce"}


async def test_a_conversation_and_whatever_opens_in_it(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, carol: Account, size: Any
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    _say_all_kinds(server, as_user(live, acme, alice.id), alice, bob)
    ann = await _come(visit, acme, alice, size)
    ann.expect_complaint("net::ERR_INTERNET_DISCONNECTED|Internet disconnected")
    page, keys = ann.page, ann.page.keyboard
    inspection = Inspection(page)
    view, dialog = page.locator(".conversation"), page.locator("dialog[open]")

    await ann.open()
    await page.route("**/api/v1/rooms/general/messages", lambda route: route.fulfill(status=403, headers={"Content-Type": "application/problem+json"}, body='{"code": "content_refused", "detail": "No."}') if route.request.method == "POST" else route.continue_())
    await expect(ann.log.get_by_text("with files")).to_be_visible()
    await inspection.look("room")

    # On a message
    await ann.message("plain").focus()
    await keys.press("m")
    await inspection.look("menu", page.locator("parley-actions"))
    await keys.press("Escape")
    await keys.press("+")
    await expect(page.get_by_role("combobox", name="Search emoji")).to_be_focused()
    await inspection.look("emoji picker", page.locator("parley-actions"))
    await keys.press("Escape")
    for key, name in (("Delete", "delete"), ("?", "keys")):
        await keys.press(key)
        await expect(dialog).to_be_visible()
        await inspection.look(name, dialog)
        await keys.press("Escape")
        await expect(dialog).to_have_count(0)
    for offer in ("Edit history", "Read by"):
        await ann.message("edited since").focus()
        await keys.press("m")
        await page.get_by_role("menuitem", name=offer).click()
        await expect(dialog).to_be_visible()
        await inspection.look(offer, dialog)
        await keys.press("Escape")
        await expect(dialog).to_have_count(0)
    await ann.message("of another").focus()
    await keys.press("m")
    await page.get_by_role("menuitem", name="Report").click()
    await expect(dialog).to_be_visible()
    await inspection.look("report", dialog)
    await keys.press("Escape")
    await page.get_by_role("button", name="Open image photo.png").click()
    await expect(page.get_by_role("dialog", name="photo.png").get_by_role("img")).to_be_visible()
    await inspection.look("viewer", page.locator("parley-viewer"))
    await keys.press("Escape")

    # Where one writes
    composer = page.locator("parley-composer")
    await ann.composer.fill("")
    await ann.composer.press_sequentially("hi @b")
    await expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    await page.get_by_role("button", name="Formatting").click()
    await inspection.look("completion and formats", composer)
    await ann.composer.fill("x" * 8_001)
    await inspection.look("too long", composer)
    await ann.composer.fill("")
    await ann.message("of another").focus()
    await keys.press("q")
    await inspection.look("quoting", composer)
    await keys.press("Escape")

    # Beside it
    for name in ("Search", "Pinned messages", "Members", "About this room"):
        await page.locator(".room-head").get_by_role("button", name=name).click()
        panel = page.get_by_role("region", name=name, exact=True)
        await expect(panel).to_be_visible()
        if name == "Search":
            await panel.get_by_role("searchbox").fill("another")
            await expect(panel.get_by_role("listitem")).to_have_count(1)
            await panel.get_by_text("Filters").click()
        if name == "Pinned messages":
            await expect(panel.get_by_role("listitem")).to_have_count(1)
        if name == "Members":
            await panel.get_by_role("button", name="Add people").click()
            await expect(dialog).to_be_visible()
            await inspection.look("invite", dialog)
            await keys.press("Escape")
            await panel.get_by_role("button", name="More about Bob").click()
            await inspection.look("member menu", panel)
            await page.get_by_role("menuitem", name="Ban").click()
            await expect(dialog).to_be_visible()
            await inspection.look("ban", dialog)
            await keys.press("Escape")
        await inspection.look(name, view)
        await panel.get_by_role("button", name=re.compile("Close|Back to the messages")).locator("visible=true").click()
        await expect(panel).to_have_count(0)
    await ann.log.get_by_role("button", name="1 reply").click()
    await expect(page.get_by_role("log", name="Messages in the thread")).to_be_visible()
    await inspection.look("thread", view)
    await keys.press("Escape")

    # What goes wrong
    await ann.say("will not do")
    ann.expect_complaint("403")
    await expect(ann.log.get_by_text("Not sent")).to_be_visible()
    await inspection.look("failed", ann.log)
    await page.context.set_offline(True)
    await expect(ann.banner).to_be_visible()
    await inspection.look("offline", view)
    await page.context.set_offline(False)
    await expect(ann.banner).to_be_hidden()
    server.patch(GENERAL, {"archived": True})
    await expect(page.get_by_text("This room is archived.").first).to_be_visible()
    await inspection.look("archived", view)
    assert inspection.found == []


async def test_the_list_of_rooms_and_its_dialogs(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, size: Any
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    for number in range(7):
        server.post("/api/v1/rooms", {"id": f"r{number}", "name": f"Room {number}"})
    as_user(live, acme, bob.id).post("/api/v1/rooms", {"kind": "direct", "members": [alice.id]})
    say(server, bob, "hello @room")
    ann = await _come(visit, acme, alice, size)
    page, inspection = ann.page, Inspection(ann.page)
    dialog = page.locator("dialog[open]")
    await page.goto("/")
    await ann.connected()
    await expect(page.get_by_role("link", name="General")).to_be_visible()
    await inspection.look("rooms")
    for name in ("New room", "New conversation", "Browse all rooms", "Profile and settings"):
        await page.get_by_role("button", name=name).click()
        await expect(dialog).to_be_visible()
        if name in ("New room", "New conversation"):
            await expect(dialog.get_by_role("checkbox").first).to_be_visible()
        await inspection.look(name, dialog)
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
    await page.get_by_role("searchbox", name="Find a room").fill("nothing like it")
    await inspection.look("nothing found")
    for path in ("/people", "/search", "/rooms/r0", "/rooms/nowhere"):
        if path == "/rooms/nowhere":
            ann.expect_complaint("404")
        await page.goto(path)
        await expect(page.locator("h2, h1").first).to_be_attached()
        await inspection.look(path)
    assert inspection.found == []


async def test_the_pages_around_it(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, size: Any
) -> None:
    server = as_server(live, acme)
    link = server.post(f"{GENERAL}/guest-links", {}).json["url"]
    invited = await sync_to_async(_invited)(acme)
    someone = await visit(acme, **size)
    someone.expect_complaint("401|403|404|410")
    page, inspection = someone.page, Inspection(someone.page)
    for name, path in (("invitation", invited), ("used", "/invitation/1/x"), ("guest", link), ("ended", link[:-3] + "xyz"), ("API", "/api/docs")):
        await page.goto(path)
        await inspection.look(name)
    await page.goto("/sign-in")
    await inspection.look("sign-in")
    await page.get_by_label("E-mail").fill(alice.email)
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await inspection.look("refused")
    owner = await _come(visit, acme, await acme.aaccount("olga", Role.OWNER), size)
    await owner.page.goto("/embed")
    await expect(owner.page.get_by_role("log")).to_be_visible()
    embedding = Inspection(owner.page)
    await embedding.look("embed")
    assert inspection.found + embedding.found == []


@pytest.mark.parametrize("element", ["parley-room", "parley-inbox", "parley-launcher"])
async def test_the_elements_on_a_page_of_a_customer(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, size: Any, element: str
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    say(server, bob, "hello")
    server.put("/api/v1/settings/origins", {"origins": [SHOP]})
    someone = await visit(acme, **size)
    page, inspection = someone.page, Inspection(someone.page)
    host = f"http://{acme.host}:{live.port}"
    body = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<script type="module" src="{host}/embed.js"></script><style>parley-room, parley-inbox {{ height: 600px }}</style>
<main><h1>Kettles</h1><{element} room="general" token="{acme.token(alice.id)}"></{element}></main></html>"""
    await page.route(f"{SHOP}/", lambda route: route.fulfill(content_type="text/html", body=body))
    await page.goto(SHOP)
    if element == "parley-launcher":
        await inspection.look("launcher")
        await page.get_by_role("button", name="Open messages").click()
    if element == "parley-inbox":
        await inspection.look("inbox")
        await page.get_by_role("button", name="General").click()
    await expect(page.get_by_role("log").get_by_text("hello")).to_be_visible()
    await inspection.look(element)
    assert inspection.found == []


async def _come(visit: Visit, tenant: Tenancy, account: Account, options: Any) -> Visitor:
    """Signed in already."""
    visitor = await visit(tenant, **options)
    session = await sync_to_async(session_of)(account, tenant)
    await visitor.page.context.add_cookies([{"name": "sessionid", "value": session, "domain": tenant.host, "path": "/"}])
    return visitor


def _invited(tenant: Tenancy) -> str:
    account = Account.objects.create_user("new@example.test", None)
    tenant.made.tenant.memberships.create(account=account)
    return invitation_url(tenant.made.tenant, account)


def _say_all_kinds(server: Client, alices: Client, alice: Account, bob: Account) -> None:
    """Whatever a timeline can have in it."""
    def put(fields: Any, user: Account = alice) -> str:
        answer = server.post(f"{GENERAL}/messages", {"user": user.id, **fields})
        assert answer.status == 201, answer.text
        return str(answer.json["id"])

    other = put({"text": "of another"}, bob)
    put({"text": f"hello @[Alice](user:{alice.id}) @room"}, bob)
    put({"text": RICH, "format": "markdown"}, bob)
    server.delete(f"{GENERAL}/messages/{put({'text': 'gone'}, bob)}")
    put({"text": "quoting", "quote": other})
    put({"text": "a reply", "parent": other}, bob)
    edited = put({"text": "first"})
    server.patch(f"{GENERAL}/messages/{edited}", {"text": "edited since"})
    alices.put(f"{GENERAL}/messages/{edited}/pin")
    for emoji in ("👍", "🎉"):
        alices.put(f"{GENERAL}/messages/{other}/reactions/{emoji}")
    image = uploads.hand_in(alices, uploads.image(size=(80, 60)), "photo.png", "image/png").json["id"]
    notes = uploads.hand_in(alices, b"notes", "notes.txt", "text/plain").json["id"]
    alices.post(f"{GENERAL}/messages", {"text": "with files", "attachments": [image, notes]})
    put({"text": "plain"})
