"""Small screens, the keyboard, and what assistive technology is told."""

import re

import pytest
from playwright.async_api import expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.support.cast import Tenancy

PHONE = {"width": 390, "height": 844}
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


async def test_nothing_is_wider_than_a_phone(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, viewport=PHONE)
    await ann.page.goto("/sign-in")
    assert await ann.page.evaluate(OVERFLOW) <= 0
    await ann.sign_in(acme, alice)
    await ann.join()
    await ann.say("w" * 400)
    await ann.say("https://example.org/" + "x" * 200)
    await ann.sees("w" * 400, "https://example.org/" + "x" * 200)
    for path in ("/", "/rooms/general"):
        await ann.page.goto(path)
        assert await ann.page.evaluate(OVERFLOW) <= 0
    await ann.settled()
    assert await ann.log.evaluate("log => log.scrollWidth - log.clientWidth") <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_follows_the_colour_scheme(visit: Visit, acme: Tenancy, alice: Account, scheme: str) -> None:
    ann = await visit(acme, alice, color_scheme=scheme)
    await ann.open()
    ground = await ann.page.locator("parley-inbox").evaluate("inbox => getComputedStyle(inbox).backgroundColor")
    brightness = sum(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(","))
    assert (brightness > 600) == (scheme == "light")


async def test_everything_can_be_done_with_the_keyboard(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    keys = ann.page.keyboard
    await ann.page.goto("/")
    await ann.connected()
    await keys.press("Tab")
    await expect(ann.page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
    await keys.press("Control+k")
    await keys.type("gener")
    await keys.press("Tab")
    await keys.press("Enter")
    await ann.settled()
    join = ann.page.get_by_role("button", name="Join this room")
    for _ in range(20):
        if await join.evaluate("button => button === button.getRootNode().activeElement"):
            break
        await keys.press("Tab")
    await keys.press("Enter")
    await expect(ann.composer).to_be_focused()
    await keys.type("by hand")
    await keys.press("Enter")
    await ann.sees("by hand")
    for _ in range(4):
        await keys.press("Shift+Tab")
        if await ann.log.evaluate("log => log === log.getRootNode().activeElement"):
            break
    await expect(ann.log).to_be_focused()


async def test_a_dialog_takes_the_focus_and_gives_it_back(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    await ann.home()
    opener = ann.page.get_by_role("button", name="New room")
    await opener.focus()
    await ann.page.keyboard.press("Enter")
    await expect(ann.page.get_by_role("dialog", name="New room")).to_be_visible()
    await expect(ann.page.get_by_label("Name", exact=True)).to_be_focused()
    await ann.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()


async def test_new_messages_are_announced_and_history_is_not(
    visit: Visit, acme: Tenancy, alice: Account, bob: Account
) -> None:
    ann, ben = await visit(acme, alice), await visit(acme, bob)
    await ann.join()
    await ann.say("before he came")
    await ben.join()
    await expect(ben.log).to_have_accessible_name("Messages in General")
    await expect(ben.log).to_have_attribute("aria-live", "off")  # it is said once, by the region for that
    spoken = ben.page.locator("parley-speaker").get_by_role("status")
    await expect(spoken).not_to_contain_text("before he came")
    await ann.say("now he is here")
    await expect(spoken).to_have_text("Alice: now he is here")


async def test_every_control_has_a_name(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    await ann.join()
    for role in ("button", "link", "textbox", "searchbox"):
        controls = await ann.page.get_by_role(role).all()
        assert controls
        for control in controls:
            await expect(control).to_have_accessible_name(re.compile(r"\w"))
