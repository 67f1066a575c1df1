"""Files, from one person's disk to the other one's screen."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.e2e.looks import PHONE
from tests.support import uploads
from tests.support.cast import Tenancy

NOTES = b"%PDF-1.7 notes"
UPLOADS, FILES = "**/api/v1/uploads", "**/files/**"
TRANSFER = """(element, [type, name]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["words"], name, { type: "text/plain" }));
    const init = { bubbles: true, composed: true, cancelable: true };
    element.dispatchEvent(type === "paste"
        ? new ClipboardEvent(type, { ...init, clipboardData: transfer })
        : new DragEvent(type, { ...init, dataTransfer: transfer }));
}"""
SCALE = "image => new DOMMatrix(getComputedStyle(image).transform).a"


async def test_files_are_picked_pasted_and_dropped_and_a_refused_one_says_why(
    visit: Visit, acme: Tenancy, alice: Account
) -> None:
    page = await _enter(visit, acme, alice, complaint="422")
    page_log, tray = page.get_by_role("log"), page.get_by_role("list", name="Files of your message")
    await _pick(page, photo(), ("bad.exe", "application/x-msdownload", b"MZ\x00\x01"))
    await expect(_tile(page, "bad.exe")).to_contain_text("Files of this kind are not taken.")
    await expect(_tile(page, "photo.png").locator("canvas")).to_be_visible()
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()
    await page.get_by_role("button", name="Remove bad.exe").press("Enter")
    await expect(page.get_by_role("button", name="Attach files")).to_be_focused()

    await _composer(page).evaluate(TRANSFER, ["paste", "pasted.txt"])
    await page_log.evaluate(TRANSFER, ["dragenter", ""])
    stage = page.locator("[data-drop='Drop files to attach them']")
    await expect(stage).to_be_visible()
    await _composer(page).evaluate(TRANSFER, ["dragenter", ""])
    await page_log.evaluate(TRANSFER, ["dragleave", ""])
    await expect(stage).to_be_visible()
    await _composer(page).evaluate(TRANSFER, ["drop", "dropped.txt"])
    await expect(stage).to_have_count(0)
    await expect(tray.get_by_role("listitem")).to_have_count(3)

    await _pick(page, *[(f"{number}.txt", "text/plain", b"a") for number in range(8)])
    await expect(tray.get_by_role("listitem")).to_have_count(10)
    await expect(page.get_by_text("A message takes 10 files at most.")).to_be_visible()
    await _composer(page).press("Enter")
    await expect(tray).to_have_count(0)
    await expect(page_log.get_by_role("button", name="Download")).to_have_count(9)


async def test_an_image_is_sent_seen_and_looked_at(visit: Visit, acme: Tenancy, alice: Account, bob: Account) -> None:
    page = await _enter(visit, acme, alice, reduced_motion="reduce")  # what is magnified is so at once
    phone = await _enter(visit, acme, bob, complaint="net::ERR_FAILED", **PHONE)
    # Nobody waits for a file that is on its way: its message shows how far it is.
    on_its_way, arrives = asyncio.Event(), asyncio.Event()
    await page.route(UPLOADS, _held(on_its_way, arrives))
    await _pick(page, photo(), ("notes.pdf", "application/pdf", NOTES))
    await expect(_tile(page, "photo.png").get_by_role("progressbar", name="Uploading photo.png")).to_be_visible()
    await on_its_way.wait()
    await _composer(page).fill("have a look")
    await _composer(page).press("Enter")
    sending = page.get_by_role("log").locator("parley-picture")
    await expect(sending.get_by_role("progressbar", name="Uploading photo.png")).to_be_visible()
    await _has_ratio(sending, 4 / 3)
    arrives.set()

    # The other one has its place before it is there; a link that fails is asked for anew.
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url) if "/api/v1/uploads/" in request.url else None)
    seen, shown = asyncio.Event(), asyncio.Event()
    await phone.route(FILES, _held(seen, shown, first="abort"))
    picture = phone.locator("parley-picture")
    await expect(picture).to_be_visible()
    await _has_ratio(picture, 4 / 3)
    await seen.wait()
    place = await picture.bounding_box()
    shown.set()
    await expect(picture.locator("img.loaded")).to_be_visible()
    assert await picture.bounding_box() == place
    assert (len(asked), len(set(asked))) == (2, 1)

    async with phone.expect_download() as saving:
        await phone.get_by_role("button", name="Download notes.pdf").tap()
    saved = await saving.value
    assert (saved.suggested_filename, (await saved.path()).read_bytes()) == ("notes.pdf", NOTES)

    await _walks_through_the_viewer(page)

    await _pick(page, ("more.pdf", "application/pdf", NOTES))
    await _composer(page).press("Enter")
    wordless = page.get_by_role("log").get_by_role("article").last
    await expect(wordless.get_by_role("button", name="Download more.pdf")).to_be_visible()
    await wordless.focus()
    await page.keyboard.press("Delete")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(wordless.get_by_text("This message was deleted")).to_be_visible()


async def _walks_through_the_viewer(page: Page) -> None:
    """By the keyboard alone."""
    await _pick(page, ("second.gif", "image/gif", uploads.image("GIF", size=(40, 80))))
    await _composer(page).press("Enter")
    opener = page.get_by_role("button", name="Open image photo.png")
    await expect(page.get_by_role("button", name="Open image second.gif")).to_be_visible()
    await opener.press("Enter")
    viewer = page.get_by_role("dialog", name="photo.png")
    await expect(viewer.get_by_text("1 of 2")).to_be_visible()
    await expect(viewer.get_by_role("button", name="Close")).to_be_focused()
    image = viewer.get_by_role("img", name="photo.png")
    await expect(image).to_be_visible()
    await page.keyboard.press("+")
    magnified = viewer.locator(".magnified")
    await expect(magnified).to_be_visible()
    assert await magnified.evaluate(SCALE) > 1
    await page.keyboard.press("ArrowRight")  # moves what is magnified
    await page.keyboard.press("0")
    await expect(magnified).to_have_count(0)
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("dialog", name="second.gif").get_by_text("2 of 2")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    async with page.expect_download() as saving:
        await viewer.get_by_role("button", name="Download").press("Enter")
    assert (await saving.value).suggested_filename == "photo.png"
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(opener).to_be_focused()


def photo() -> tuple[str, str, bytes]:
    return "photo.png", "image/png", uploads.image(size=(800, 600))


async def _enter(visit: Visit, acme: Tenancy, account: Account, complaint: str = "", **options: Any) -> Page:
    """The page of a new member of the room; ``complaint`` is what the test provokes."""
    visitor = await visit(acme, account, **options)
    if complaint:
        visitor.expect_complaint(complaint)
    page: Page = visitor.page
    await page.goto("/rooms/general")
    await page.get_by_role("button", name="Join this room").click()
    await expect(_composer(page)).to_be_visible()
    return page


async def _pick(page: Page, *files: tuple[str, str, bytes]) -> None:
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Attach files").click()
    chosen = [{"name": name, "mimeType": kind, "buffer": content} for name, kind, content in files]
    await (await choosing.value).set_files(chosen)  # type: ignore[arg-type]


def _composer(page: Page) -> Locator:
    return page.locator("parley-composer").get_by_role("textbox")


def _tile(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Files of your message").get_by_role("listitem").filter(has_text=name)


async def _has_ratio(picture: Locator, ratio: float) -> None:
    box = await picture.bounding_box()
    assert box is not None
    assert abs(box["width"] / box["height"] - ratio) < 0.02


def _held(asked: asyncio.Event, answered: asyncio.Event, first: str = "") -> Any:
    """What holds a request until it may go on; the ``first`` is ended as that says."""
    ends = [first] if first else []

    async def hold(route: Route) -> None:
        if ends:
            await getattr(route, ends.pop())()
        else:
            asked.set()
            await answered.wait()
            await route.continue_()

    return hold
