"""All that people do in a conversation, in every look: on a desktop and a phone, light and dark, from the left and from
the right. What each of it does in detail is tested once, in the file of that name."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from playwright.async_api import Route, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.gathering import GENERAL, gather, say
from tests.e2e.looks import Look, in_every_look
from tests.e2e.visitor import NETWORK_GONE, Visitor
from tests.e2e.walking import choose, close_panel, looks_right, open_panel, panel_of, write
from tests.support import uploads
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user, once_allowed, once_refused
from tests.support.server import LiveServer
from tests.support.sockets import person

MOVING = "inbox => inbox.shadowRoot.getAnimations().length"
PASTE = """area => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["words"], "pasted.txt", { type: "text/plain" }));
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
AWAY = """
    Object.defineProperty(document, "hidden", { configurable: true, get: () => window.away ?? false });
    const tell = (name, value) => { document.documentElement.dataset[name] = value; };
    AudioContext.prototype.createOscillator = new Proxy(AudioContext.prototype.createOscillator, {
        apply: (make, audio) => { tell("sounded", "yes"); return make.call(audio); },
    });
    window.Notification = class {
        static permission = "default";
        static async requestPermission() { return (this.permission = "granted"); }
        constructor(title) { tell("told", title); }
        close() {}
    };
"""


@in_every_look
async def test_one_reads_what_was_said_and_goes_where_one_wants(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, history: list[str], look: Look
) -> None:
    server = as_server(live, acme)
    ann = await visit(acme, alice, **look.options)
    await ann.home()
    row = ann.page.locator(".row[data-room=general]")
    await expect(row.locator(".counter")).to_contain_text("3")
    await expect(ann.page).to_have_title("(3) Acme")
    await looks_right(ann, look)
    await look.press(row)
    await ann.settled()
    await expect(ann.page.locator("nav.side")).to_be_visible(visible=not look.phone)

    new = ann.log.get_by_text(look.t("timeline.new"), exact=True)
    await expect(new).to_be_in_viewport()
    await expect(ann.log.locator(".day")).to_have_count(2)
    await expect(ann.message(history[-3])).to_have_class(re.compile(r"\bhead\b"))
    await expect(ann.message(history[-3]).locator(".author")).to_have_text("Bob")
    await expect(ann.message(history[-3]).locator("time")).to_have_text(re.compile(r"\d{1,2}:\d\d"))
    await expect(ann.message(history[-1])).not_to_have_class(re.compile(r"\bhead\b"))
    await expect(row.locator(".counter")).to_have_count(0)
    await expect(ann.page).to_have_title("General · Acme")
    await _stand_apart(ann, own=history[-5], others=history[-3], look=look)
    await looks_right(ann, look)

    async with person(live, acme, bob.id) as ben:
        await ben.subscribe()
        await _loads_older_in_place(ann, history)
        await ben.send("while you were above")
        jump = ann.page.locator(".jump")
        await expect(jump).to_be_visible()
        await look.press(jump)
        await expect(ann.message("while you were above")).to_be_in_viewport()
        await expect(jump).to_be_hidden()
        spoken = ann.page.locator("parley-speaker").get_by_role("status")
        await expect(spoken).to_have_text(look.t("said", name="Bob", text="while you were above"))

        await ben.say("typing.start", room="general")
        typing = ann.page.locator("parley-typing")
        await expect(typing).to_have_text(look.t("typing.one", name="Bob"))
        await ben.send("this")
        await expect(typing).to_be_empty()
        await write(ann, look, "have you read this?")
        await expect(ann.message("have you read this?")).not_to_have_class(re.compile("pending"))
        position = server.get(f"{GENERAL}/messages?limit=1").json["data"][0]["seq"]
        await ben.say("read.mark", room="general", seq=position)
        read = ann.message("have you read this?").locator(".fate.read")
        await expect(read).to_have_attribute("title", re.compile("Bob"))

        await open_panel(ann, look, "members")
        await expect(panel_of(ann).get_by_role("listitem").filter(has_text="Bob").locator(".online")).to_be_visible()
        await looks_right(ann, look)
        await close_panel(ann, look)
    await _searches_and_comes_back(ann, look, history)


@in_every_look
async def test_one_writes_and_does_all_that_can_be_done_with_messages(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, look: Look
) -> None:
    server = as_server(live, acme)
    gather(server, alice, bob)
    say(server, bob, "from Bob")
    permissions = ["clipboard-read", "clipboard-write"]
    ann = await visit(acme, alice, permissions=permissions, **look.options)
    await ann.open()
    await _composes(ann, look)
    await _is_refused_and_tries_again(ann, look, server, as_user(live, acme, bob.id))
    await _changes_quotes_and_answers(ann, look)
    await _marks(ann, look)
    await choose(ann, look, "from Bob", "actions.report")
    report = ann.page.get_by_role("dialog")
    await report.get_by_label(look.t("report.reason.spam")).check()
    await looks_right(ann, look)
    await look.press(report.get_by_role("button", name=look.t("report.send")))
    await expect(ann.page.get_by_role("alert").get_by_text(look.t("report.done"))).to_be_visible()
    await expect(report).to_have_count(0)
    await _sends_files(ann, look)


@in_every_look
async def test_whatever_state_a_room_is_in_is_said(
    visit: Visit, live: LiveServer, acme: Tenancy, alice: Account, bob: Account, look: Look
) -> None:
    server = as_server(live, acme)
    gather(server, bob, alice)
    quiet = "/api/v1/rooms/quiet"
    server.post("/api/v1/rooms", {"id": "quiet", "name": "Quiet", "members": [alice.id]})
    ann = await visit(acme, alice, reduced_motion="reduce" if look.phone else "no-preference", **look.options)
    await ann.page.context.add_init_script(AWAY)
    await ann.home()
    await _is_told(ann, look, lambda: say(server, bob, f"hi @{alice.id}"))

    asked, answered = asyncio.Event(), asyncio.Event()
    ann.expect_complaint("503")
    await ann.page.route("**/rooms/quiet/messages?*", _late(asked, answered, status=503))
    await look.press(ann.page.locator(".row[data-room=quiet]"))
    await asked.wait()
    await expect(ann.log).to_have_attribute("aria-busy", "true")
    await expect(ann.log.locator(".skeleton")).to_be_visible()
    moving = await ann.page.locator("parley-inbox").evaluate(MOVING)
    assert (moving == 0) == look.phone  # who wants no motion has none, though it is loading
    answered.set()
    await expect(ann.log.get_by_text(look.t("timeline.failed"))).to_be_visible()
    await looks_right(ann, look)
    await ann.page.unroute("**/rooms/quiet/messages?*")
    await look.press(ann.log.get_by_role("button", name=look.t("retry")))
    await expect(ann.log.get_by_text(look.t("timeline.empty"))).to_be_visible()

    ann.expect_complaint(NETWORK_GONE)
    await ann.page.context.set_offline(True)
    await expect(ann.banner).to_contain_text(look.t("connection.gone"), timeout=20_000)
    await write(ann, look, "for later")
    await expect(ann.page.locator("article.pending")).to_contain_text(look.t("message.waiting"))
    await looks_right(ann, look)
    await ann.page.context.set_offline(False)
    await expect(ann.banner).to_be_hidden(timeout=20_000)
    await expect(ann.page.locator("article.pending")).to_have_count(0)

    barred = ann.page.locator("[part=barred]")
    for state in ("frozen", "archived"):
        server.patch(quiet, {state: True})
        await expect(barred).to_contain_text(look.t(f"barred.{state}"))
        await expect(ann.composer).to_be_hidden()
        server.patch(quiet, {state: False})
        await expect(ann.composer).to_be_visible()
    ann.expect_complaint("403")
    server.put(f"{quiet}/bans/{alice.id}", {})
    await expect(barred).to_contain_text(look.t("barred.banned"))
    await looks_right(ann, look)


# Reading


async def _stand_apart(ann: Visitor, *, own: str, others: str, look: Look) -> None:
    """One's own messages at the end of the line, the others' at its beginning."""
    log, mine, theirs = [
        await each.bounding_box()
        for each in (ann.log, ann.message(own).locator(".bubble"), ann.message(others).locator(".bubble"))
    ]
    left, right = (mine, theirs) if look.right_to_left else (theirs, mine)
    assert left["x"] - log["x"] < 80
    assert log["x"] + log["width"] - right["x"] - right["width"] < 80
    assert left["x"] + left["width"] < right["x"]


async def _loads_older_in_place(ann: Visitor, history: list[str]) -> None:
    first = ann.message(history[-50])
    await first.scroll_into_view_if_needed()
    before = await first.bounding_box()
    await expect(ann.message(history[-70])).to_have_count(1)
    assert abs((await first.bounding_box())["y"] - before["y"]) < 2


async def _searches_and_comes_back(ann: Visitor, look: Look, history: list[str]) -> None:
    """To what is far above, and down again by what is loaded as one scrolls."""
    await open_panel(ann, look, "search")
    panel = panel_of(ann)
    await panel.get_by_role("searchbox").fill('"line 5"')
    await expect(panel.get_by_role("listitem")).to_have_count(1)
    await looks_right(ann, look)
    await look.press(panel.get_by_role("listitem").get_by_role("button"))
    found = ann.message("line 5")
    await expect(found).to_be_focused()
    await expect(found).to_be_in_viewport()
    await ann.log.evaluate("log => log.scrollTo(0, log.scrollHeight)")
    for text in history[40::35]:
        await expect(ann.message(text)).to_have_count(1)
        await ann.log.evaluate("log => log.scrollTo(0, log.scrollHeight)")
    await expect(ann.message("have you read this?")).to_be_visible()


# Writing


async def _composes(ann: Visitor, look: Look) -> None:
    await ann.composer.press_sequentially("@bo")
    offer = ann.page.get_by_role("listbox").get_by_role("option")
    await expect(offer).to_have_text([re.compile("Bob")])
    await looks_right(ann, look)
    await look.press(offer)
    await ann.composer.press_sequentially("_come_ :tad")
    await expect(offer).to_have_text([re.compile(":tada:")])
    await look.press(offer)
    await look.press(ann.page.get_by_role("button", name=look.t("composer.formats")))
    await look.press(ann.page.get_by_role("button", name=look.t("composer.bold"), exact=True))
    await ann.composer.press_sequentially("now")
    await look.press(ann.page.get_by_role("button", name=look.t("composer.send")))
    await expect(ann.composer).to_have_value("")
    said = ann.log.get_by_role("article").last
    await expect(said.locator(".mention")).to_have_text("@Bob")
    await expect(said.get_by_role("emphasis")).to_have_text("come")
    await expect(said.get_by_role("strong")).to_have_text("now")
    await expect(said.locator(".bubble")).to_contain_text("🎉")


async def _is_refused_and_tries_again(ann: Visitor, look: Look, server: Client, ben: Client) -> None:
    def somebody_says_it() -> Answer:
        return ben.post(f"{GENERAL}/messages", {"text": "plonk?"})

    server.put("/api/v1/settings/content", {"words": [{"word": "plonk"}]})
    once_refused(somebody_says_it)
    await write(ann, look, "plonk")
    failed = ann.page.locator("article.failed")
    await expect(failed).to_contain_text(look.t("error.content_refused"))
    await looks_right(ann, look)
    server.put("/api/v1/settings/content", {})
    once_allowed(somebody_says_it)
    await look.press(failed.get_by_role("button", name=look.t("retry")))
    await expect(failed).to_have_count(0)
    await expect(ann.message("plonk")).not_to_have_class(re.compile("pending"))


async def _changes_quotes_and_answers(ann: Visitor, look: Look) -> None:
    await choose(ann, look, "plonk", "actions.edit")
    await expect(ann.composer).to_have_value("plonk")
    await ann.composer.fill("wine")
    await look.press(ann.page.get_by_role("button", name=look.t("save")))
    await expect(ann.message("wine").locator(".edited")).to_be_visible()

    await choose(ann, look, "from Bob", "actions.quote")
    await expect(ann.page.locator("[part=subject]")).to_contain_text(look.t("composer.quoted", name="Bob"))
    await write(ann, look, "as you said")
    await expect(ann.message("as you said").locator(".quote")).to_contain_text("from Bob")

    await choose(ann, look, "from Bob", "actions.thread")
    thread = panel_of(ann)
    await expect(thread.get_by_role("article")).to_have_count(1)
    await thread.get_by_role("textbox").fill("between us")
    await look.press(thread.locator(".send"))
    await expect(thread.get_by_role("article")).to_have_count(2)
    await looks_right(ann, look)
    await close_panel(ann, look)
    await look.press(ann.message("from Bob").locator(".replies"))
    await expect(thread.locator(".bubble")).to_have_text(["from Bob", "between us"])
    await close_panel(ann, look)

    await choose(ann, look, "as you said", "actions.delete")
    await looks_right(ann, look)
    await look.press(ann.page.get_by_role("dialog").get_by_role("button", name=look.t("actions.delete")))
    await expect(ann.log.get_by_text(look.t("message.deleted"))).to_be_visible()


async def _marks(ann: Visitor, look: Look) -> None:
    await choose(ann, look, "wine", "actions.react")
    await ann.page.get_by_role("combobox", name=look.t("emoji.search")).fill("grin")
    await looks_right(ann, look)
    await look.press(ann.page.get_by_role("option", name="grinning", exact=True))
    await expect(ann.message("wine").locator(".reaction[aria-pressed=true]")).to_contain_text("😀")

    await choose(ann, look, "wine", "actions.pin")
    await expect(ann.message("wine").locator(".pinned")).to_have_text(look.t("message.pinned"))
    await open_panel(ann, look, "pins")
    await looks_right(ann, look)
    await look.press(panel_of(ann).locator(".result"))
    await expect(ann.message("wine")).to_be_focused()
    if not look.phone:
        await close_panel(ann, look)

    await choose(ann, look, "wine", "actions.link")
    await expect(ann.page.get_by_text(look.t("actions.linked"))).to_be_visible()
    assert "/rooms/general/messages/" in await ann.page.evaluate("navigator.clipboard.readText()")
    await ann.message("wine").press("?")
    keys = ann.page.get_by_role("dialog", name=look.t("keys.heading"))
    await expect(keys.get_by_text(look.t("keys.previous"))).to_be_visible()
    await looks_right(ann, look)
    await ann.page.keyboard.press("Escape")


async def _sends_files(ann: Visitor, look: Look) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()
    await ann.page.route("**/api/v1/uploads", _late(asked, answered))
    chooser = look.t("files.camera" if look.phone else "files.attach")
    async with ann.page.expect_file_chooser() as choosing:
        await look.press(ann.page.get_by_role("button", name=chooser))
    image = uploads.image(size=(800, 600))
    await (await choosing.value).set_files({"name": "photo.png", "mimeType": "image/png", "buffer": image})
    await ann.composer.evaluate(PASTE)
    tiles = ann.page.get_by_role("list", name=look.t("files.chosen")).get_by_role("listitem")
    await expect(tiles).to_have_count(2)
    await expect(tiles.first.locator("canvas")).to_be_visible()
    await expect(tiles.first.get_by_role("progressbar")).to_be_visible()
    await looks_right(ann, look)
    answered.set()
    await look.press(ann.page.get_by_role("button", name=look.t("composer.send")))
    opener = ann.log.get_by_role("button", name=look.t("files.open", name="photo.png"))
    await expect(ann.log.locator("img.loaded")).to_be_visible()
    await expect(ann.log.get_by_role("button", name=re.compile("pasted.txt"))).to_be_visible()
    await looks_right(ann, look)
    await look.press(opener)
    viewer = ann.page.get_by_role("dialog", name="photo.png")
    await expect(viewer.get_by_role("img", name="photo.png")).to_be_visible()
    await looks_right(ann, look)
    await look.press(viewer.get_by_role("button", name=look.t("close")))
    await expect(viewer).to_be_hidden()


# States


async def _is_told(ann: Visitor, look: Look, call: Any) -> None:
    """Of what comes while nobody looks, as soon as one wants that."""
    await ann.page.evaluate("away = true; document.dispatchEvent(new Event('visibilitychange'))")
    call()
    await look.press(ann.page.get_by_role("button", name=look.t("notices.ask")))
    await look.press(ann.page.locator(".account-name"))
    profile = ann.page.get_by_role("dialog", name=look.t("inbox.profile"))
    await profile.get_by_label(look.t("notices.sound")).check()
    await looks_right(ann, look)
    await ann.page.evaluate("delete document.documentElement.dataset.sounded")
    await ann.page.keyboard.press("Escape")
    call()
    title = look.t("notices.title", name="Bob", room="General")
    await expect(ann.page.locator("html[data-sounded]")).to_have_attribute("data-told", title)
    await expect(ann.page.locator(".row[data-room=general] .counter")).to_have_count(2)
    await ann.page.evaluate("away = false; document.dispatchEvent(new Event('visibilitychange'))")


def _late(asked: asyncio.Event, answered: asyncio.Event, status: int = 0) -> Any:
    """What answers only then: what the server does, or that ``status``."""

    async def hold(route: Route) -> None:
        asked.set()
        await answered.wait()
        await (route.fulfill(status=status) if status else route.continue_())

    return hold
