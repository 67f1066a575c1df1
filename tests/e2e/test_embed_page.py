"""The page that shows a team how to embed, with what it shows at work."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tenants.models import Role
from tests.e2e.conftest import Visit
from tests.e2e.sites import Site
from tests.support.cast import Tenancy

CLIPBOARD = ["clipboard-read", "clipboard-write"]


async def test_an_owner_chooses_copies_and_sees_it_at_once(visit: Visit, acme: Tenancy) -> None:
    page = (await visit(acme, await acme.aaccount("olga", Role.OWNER), permissions=CLIPBOARD)).page
    await page.goto("/embed")
    preview = page.locator("#preview")
    await preview.get_by_role("button", name="Join this room").click()
    await preview.get_by_role("textbox").fill("from the preview")
    await page.keyboard.press("Enter")
    await expect(preview.get_by_role("log").get_by_text("from the preview")).to_be_visible()

    await page.get_by_label("What to show").select_option("All rooms")
    await preview.get_by_role("button", name="General").click()
    await expect(preview.get_by_role("log")).to_contain_text("from the preview")

    await page.get_by_label("What to show").select_option("A button that opens them")
    launcher = page.locator("parley-launcher").get_by_role("button")
    await expect(launcher).to_be_in_viewport(ratio=1)
    assert '<parley-launcher token-url="/parley-token"></parley-launcher>' in await _copied(page, "HTML")

    await page.get_by_label("Accent", exact=True).fill("#ffcc00")
    await page.get_by_label("Corner of the button").select_option("Left, in Arabic right")
    await page.get_by_label("Words on the button").fill("Ask us")
    await page.keyboard.press("Tab")
    await expect(launcher).to_contain_text("Ask us")
    await expect(launcher).to_have_css("background-color", "rgb(255, 204, 0)")
    await expect(launcher).to_have_css("color", "rgb(0, 0, 0)")
    box = await launcher.bounding_box()
    assert box
    assert box["x"] == 20
    await page.get_by_role("button", name="Save").click()
    await expect(launcher).to_have_count(0)
    await expect(page.get_by_label("Words on the button")).to_have_value("Ask us")
    await expect(preview.get_by_role("log")).to_contain_text("from the preview")


async def test_what_an_owner_sets_and_copies_there_works_on_a_page_of_theirs(visit: Visit, acme: Tenancy) -> None:
    size = {"width": 390, "height": 844}
    page = (await visit(acme, await acme.aaccount("olga", Role.OWNER), permissions=CLIPBOARD, viewport=size)).page
    await page.goto("/embed")
    policy = f"default-src 'none'; {await _copied(page, 'Content-Security-Policy')}"
    async with Site("shop.localhost", policy).served() as shop:
        await page.get_by_label("Allow one more").fill(shop.origin)
        await page.get_by_role("button", name="Allow").click()
        await expect(page.get_by_role("button", name=f"Remove {shop.origin}")).to_be_visible()
        snippet = await _copied(page, "HTML")
        await page.get_by_role("button", name="Make a token").click()
        shop.pages = {"/": f"<!doctype html>{snippet}", "/parley-token": await _copied(page, "Token")}
        visitor = await visit(acme)
        await visitor.page.goto(shop.origin)
        await expect(visitor.page.get_by_role("button", name="Join this room")).to_be_visible()
    await page.get_by_role("button", name=f"Remove {shop.origin}").click()
    await expect(page.get_by_text("None yet")).to_be_visible()


async def _copied(page: Page, label: str) -> str:
    head = page.locator(".code-head").filter(has_text=label)
    await head.get_by_role("button").click()
    await expect(head.get_by_role("button")).to_have_text("Copied")
    return str(await page.evaluate("navigator.clipboard.readText()"))
