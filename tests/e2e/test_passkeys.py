"""Passkeys, with a virtual authenticator in the browser (WebDriver's, WebAuthn section 11), and codes of an app."""

import re

from playwright.async_api import expect

from tenants.models import Account, Tenant
from tests.e2e.conftest import Visit
from tests.e2e.visitor import Visitor
from tests.platform.accounts.codes import code
from tests.support.cast import PASSWORD, Tenancy

ACCOUNT, CODES, SECOND_STEP = (re.compile(rf"{path}$") for path in ("/account", "/recovery-codes", "/sign-in/code"))


async def give_authenticator(visitor: Visitor, *, verified: bool = True) -> None:
    """One that answers at once, as a finger on the sensor would."""
    devtools = await visitor.page.context.new_cdp_session(visitor.page)
    await devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": verified, "automaticPresenceSimulation": True}
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


async def sign_in(visitor: Visitor, account: Account) -> None:
    page = visitor.page
    await page.goto("/sign-in?next=/account")
    await page.get_by_label("E-mail").fill(account.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page).not_to_have_url(re.compile(r"/sign-in\?"))


async def add_passkey(visitor: Visitor, name: str) -> None:
    """The first, after which the recovery codes are shown."""
    page = visitor.page
    await page.goto("/account")
    await page.get_by_role("link", name="Add a passkey").click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page).to_have_url(CODES)


async def test_a_passkey_is_added_used_alone_and_removed(visit: Visit, acme: Tenancy, alice: Account) -> None:
    someone = await visit(acme)
    page = someone.page
    await give_authenticator(someone)
    await sign_in(someone, alice)
    await add_passkey(someone, "My laptop")
    await expect(page.get_by_role("list", name="Unused codes").get_by_role("listitem")).to_have_count(10)
    await page.get_by_role("link", name="I have kept them").click()
    await expect(page.get_by_text("My laptop")).to_be_visible()

    await page.context.clear_cookies()
    await page.goto("/sign-in?next=/account")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page).to_have_url(ACCOUNT)

    await page.get_by_role("link", name="Rename").click()
    await page.get_by_label("Name").fill("Old laptop")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("listitem").filter(has_text="Old laptop").get_by_role("link", name="Remove").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_role("status").first).to_have_text("The passkey is removed.")
    await expect(page.get_by_text("Old laptop")).to_have_count(0)


async def test_after_the_password_a_passkey_or_a_code_is_asked_for(visit: Visit, acme: Tenancy, alice: Account) -> None:
    someone = await visit(acme)
    page = someone.page
    await give_authenticator(someone)
    await sign_in(someone, alice)
    await add_passkey(someone, "Key")
    await page.goto("/account/app")
    secret = await page.locator("code.key").inner_text()
    await page.get_by_label("Code").fill(code(secret))
    await page.get_by_role("button", name="Set it up").click()
    await expect(page).to_have_url(ACCOUNT)

    await page.context.clear_cookies()
    await sign_in(someone, alice)
    await expect(page).to_have_url(SECOND_STEP)
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page).to_have_url(ACCOUNT)

    await page.context.clear_cookies()
    await sign_in(someone, alice)
    await page.get_by_label("Code").fill(code(secret, steps=1))
    await page.get_by_role("button", name="Go on").click()
    await expect(page).to_have_url(ACCOUNT)

    await page.goto("/account/confirm/passkey?next=/account/password")
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page).to_have_url(re.compile("/account/password$"))


async def test_a_passkey_of_one_address_is_not_asked_for_at_another(
    visit: Visit, acme: Tenancy, globex: Tenancy, alice: Account
) -> None:
    await globex.awelcome(alice)
    here, there = await visit(acme), await visit(globex)
    await give_authenticator(here)
    await sign_in(here, alice)
    await add_passkey(here, "Key")
    recovery = await here.page.get_by_role("list", name="Unused codes").get_by_role("listitem").first.inner_text()

    await sign_in(there, alice)
    await expect(there.page).to_have_url(SECOND_STEP)
    await expect(there.page.get_by_text("works at the address only that it was made for")).to_be_visible()
    await expect(there.page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    await there.page.get_by_label("Code").fill(recovery)
    await there.page.get_by_role("button", name="Go on").click()
    await expect(there.page).to_have_url(ACCOUNT)


async def test_calling_it_off_is_no_end(visit: Visit, acme: Tenancy, alice: Account) -> None:
    someone = await visit(acme)
    await give_authenticator(someone)
    await someone.page.goto("/sign-in")
    button = someone.page.get_by_role("button", name="Sign in with a passkey")
    await button.click()
    await expect(someone.page.get_by_role("alert")).to_have_text("That did not work, or was called off. Try again.")
    await expect(button).to_be_enabled()


async def test_a_team_that_must_is_led_to_its_second_factor_and_on(visit: Visit, acme: Tenancy, alice: Account) -> None:
    await Tenant.objects.filter(pk=acme.record.id).aupdate(requires_mfa=True)
    someone = await visit(acme)
    page = someone.page
    await give_authenticator(someone)
    await page.goto("/rooms/general")
    await page.get_by_label("E-mail").fill(alice.email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second factor")
    await page.get_by_role("link", name="Add a passkey").click()
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_role("link", name="I have kept them").click()
    await someone.settled()
    await expect(page).to_have_url(re.compile("/rooms/general$"))
