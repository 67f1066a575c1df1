"""What a visitor does the same way in every look."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.e2e.looks import Look
from tests.e2e.visitor import Visitor

OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
GROUND = "inbox => getComputedStyle(inbox).backgroundColor"


async def looks_right(ann: Visitor, look: Look) -> None:
    """In the colours and the direction that were asked for, and no wider than the screen."""
    assert await ann.page.evaluate(OVERFLOW) <= 0
    ground = await ann.page.locator("parley-inbox").evaluate(GROUND)
    brightness = sum(map(int, re.findall(r"\d+", ground)))
    assert (brightness < 200) == look.dark
    await expect(ann.page.locator("html")).to_have_attribute("dir", "rtl" if look.right_to_left else "ltr")


async def write(ann: Visitor, look: Look, text: str) -> None:
    await ann.composer.fill(text)
    await look.press(ann.page.get_by_role("button", name=look.t("composer.send")))


async def choose(ann: Visitor, look: Look, text: str, offer: str) -> None:
    """From the menu of a message."""
    bubble = ann.message(text).locator(".bubble")
    await bubble.scroll_into_view_if_needed()
    if look.phone:
        await ann.hold(bubble)
    else:
        await bubble.click(button="right")
    await look.press(ann.page.get_by_role("menuitem", name=look.t(offer), exact=True))


def panel_of(ann: Visitor) -> Locator:
    return ann.page.locator("section.panel")


async def open_panel(ann: Visitor, look: Look, panel: str) -> None:
    await look.press(ann.page.locator(f".room-head [data-panel={panel}]"))
    await expect(panel_of(ann)).to_be_visible()


async def close_panel(ann: Visitor, look: Look) -> None:
    await look.press(panel_of(ann).locator(".panel-back" if look.phone else ".panel-close"))
    await expect(panel_of(ann)).to_have_count(0)
