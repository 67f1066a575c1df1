"""The way in and out."""

import re

from playwright.async_api import Browser, expect

from tenants.models import Account
from tests.e2e.conftest import Visit
from tests.support.cast import PASSWORD, Tenancy
from tests.support.server import LiveServer

SIGN_IN = re.compile(r"/sign-in")


async def test_whoever_is_signed_out_is_led_to_sign_in_and_back(visit: Visit, acme: Tenancy, alice: Account) -> None:
    someone = await visit(acme)
    await someone.page.goto("/rooms/general")
    await someone.page.get_by_label("E-mail").fill(alice.email)
    await someone.page.get_by_label("Password").fill(PASSWORD)
    await someone.page.get_by_role("button", name="Sign in", exact=True).click()
    await someone.connected()
    await expect(someone.page).to_have_url(re.compile(r"/rooms/general$"))


async def test_a_wrong_password_is_told_and_nothing_else_is(visit: Visit, acme: Tenancy, alice: Account) -> None:
    someone = await visit(acme)
    someone.expect_complaint("401")
    answers = []
    for email in (alice.email, "nobody@example.test"):
        await someone.page.goto("/sign-in")
        await someone.page.get_by_label("E-mail").fill(email)
        await someone.page.get_by_label("Password").fill("wrong")
        await someone.page.get_by_role("button", name="Sign in", exact=True).click()
        answers.append(await someone.page.get_by_role("alert").inner_text())
        await expect(someone.page.get_by_label("E-mail")).to_have_value(email)
        await expect(someone.page.get_by_label("Password")).to_be_focused()
    assert answers[0] == answers[1]


async def test_signing_out_ends_it(visit: Visit, acme: Tenancy, alice: Account) -> None:
    someone = await visit(acme, alice)
    await someone.home()
    await someone.page.get_by_role("button", name="Sign out").click()
    await expect(someone.page).to_have_url(SIGN_IN)
    await someone.page.goto("/rooms/general")
    await expect(someone.page).to_have_url(SIGN_IN)


async def test_an_account_of_one_organisation_does_not_open_another(
    visit: Visit, globex: Tenancy, alice: Account
) -> None:
    stranger = await visit(globex)
    stranger.expect_complaint("401")
    await stranger.page.goto("/sign-in")
    await stranger.page.get_by_label("E-mail").fill(alice.email)
    await stranger.page.get_by_label("Password").fill(PASSWORD)
    await stranger.page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(stranger.page.get_by_role("alert")).to_be_visible()


async def test_the_public_page_names_no_customer(browser: Browser, live: LiveServer, acme: Tenancy) -> None:
    page = await browser.new_page()
    await page.goto(f"http://localhost:{live.port}/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Parley")
    await expect(page.locator("body")).not_to_contain_text(acme.slug)
    await page.context.close()
