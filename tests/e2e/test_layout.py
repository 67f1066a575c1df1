"""Small screens, the keyboard, and what assistive technology is told."""

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


async def test_everything_can_be_done_with_the_keyboard(visit: Visit, acme: Tenancy, alice: Account) -> None:
    ann = await visit(acme, alice)
    keys = ann.page.keyboard
    await ann.page.goto("/")
    await ann.connected()
    await keys.press("Tab")
    await expect(ann.page.get_by_role("button", name="Skip to the conversation")).to_be_focused()
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
