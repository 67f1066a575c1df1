"""A plan is bought, changed, not paid for, paid and cancelled: in a browser, against the stand-in for Stripe, whose
clock is moved on. What it all costs is counted again here, to the cent."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import TypeVar

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from playwright.async_api import Browser, Locator, Page, expect

from billing.catalogue import set_up
from billing.entitlements import entitle
from billing.gateway_stripe import gateway
from billing.models import Customer, Subscription
from billing.wording import day, money
from tenants.models import AuditEntry, Tenant
from tests.billing.shop import Shop, work
from tests.e2e.axe import Inspection
from tests.e2e.visitor import Visitor
from tests.platform.accounts.mails import Mails
from tests.support.cast import PASSWORD
from tests.support.server import LiveServer
from tests.support.stripe import KEY, StripeStandIn

Told = TypeVar("Told")

LIFE_DAYS = 14 + 31 + 2 + 365
LATE_DAYS = 5
"""So long ago, by the machine's clock, the payment fails: the days of dunning are counted by that."""
HOUR = 3_600
PRO, SCALE, PRO_YEAR = 3 * 19_00, 3 * 149_00, 3 * 190_00
DONE = [
    "checkout.started",
    *["subscription.changed"] * 3,
    "subscription.cancelled",
    "subscription.resumed",
    "portal.opened",
]


@dataclass
class Market:
    """Parley, Stripe, and the mail between them and people."""

    server: LiveServer
    shop: Shop
    mails: Mails

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.server.port}"

    async def now(self) -> datetime:
        """By Stripe's clock."""
        return await self.do(lambda: self.shop.now)

    async def later(self, **delta: int) -> None:
        """Stripe's clock goes on; what it tells of is worked on."""
        await sync_to_async(self.shop.stand_in.advance)(int(timedelta(**delta).total_seconds()))
        await self.told()

    async def told(self) -> None:
        await self.do(self._work)

    def _work(self) -> None:
        self.shop.stand_in.settled()
        assert {each.status for each in self.shop.stand_in.deliveries} <= {200}
        work(datetime.now(UTC))

    async def overdue(self, slug: str, days: int) -> None:
        """The payment failed so many days ago."""
        now = datetime.now(UTC)

        def age() -> None:
            row = Subscription.objects.get(tenant__slug=slug)
            Subscription.objects.filter(pk=row.pk).update(unpaid_since=now - timedelta(days=days))
            entitle(row.tenant_id, now)

        await self.do(age)

    async def totals(self, slug: str) -> list[int]:
        """Of all invoices that Stripe has."""

        def read() -> list[int]:
            customer = Customer.objects.get(tenant__slug=slug)
            return [invoice.total for invoice in gateway().invoices(customer.stripe_id)]

        return await self.do(read)

    async def do(self, what: Callable[[], Told]) -> Told:
        """In the shop."""

        def done() -> Told:
            with self.shop.settings():
                return what()

        return await sync_to_async(done)()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def market(tmp_path_factory: pytest.TempPathFactory, database: None) -> AsyncIterator[Market]:
    folder = tmp_path_factory.mktemp("market")
    mails, secret = Mails(tmp_path_factory.mktemp("mails")), folder / "secret"
    begin = datetime.now(UTC) - timedelta(days=LIFE_DAYS + LATE_DAYS)
    with StripeStandIn(now=int(begin.timestamp())) as stand_in:
        server = LiveServer(
            folder / "serve.log",
            SIGN_UP="open",
            EMAIL_URL=f"filemail:///{mails.folder}",
            STRIPE_SECRET_KEY=KEY,
            STRIPE_API_BASE=stand_in.url,
            STRIPE_WEBHOOK_SECRET_FILE=str(secret),
        )
        market = Market(server, Shop(stand_in), mails)
        made = await market.do(lambda: set_up(gateway(60), f"{market.origin}/billing/webhook", dry_run=False))
        secret.write_text(made.webhook_secret)
        server.start()
        yield market
        server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def owner(browser: Browser, market: Market) -> AsyncIterator[Visitor]:
    context = await browser.new_context(base_url=market.origin)
    visitor = Visitor(await context.new_page())
    visitor.expect_complaint("404")  # the stand-in's pages have no icon
    yield visitor
    await context.close()
    assert visitor.unexpected_complaints() == []


class Owner:
    """Somebody who signs up and pays."""

    def __init__(self, visitor: Visitor, market: Market) -> None:
        self.page: Page = visitor.page
        self.market = market
        self.slug = f"zoe-{secrets.token_hex(4)}"
        self.console = f"http://{self.slug}.localhost:{market.server.port}/admin"
        self.inspection = Inspection(self.page)

    async def sign_up(self, plan: str) -> None:
        """From the prices to the plan that was picked there."""
        page, email = self.page, f"{self.slug}@example.test"
        await page.goto("/")
        await page.get_by_role("link", name="Pricing").click()
        await page.wait_for_url("**/pricing")
        await self.inspection.look("pricing")
        await page.get_by_role("link", name=f"Try {plan} for 14 days").click()
        await page.get_by_label("Work e-mail").fill(email)
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mail")
        await page.goto(self.market.mails.link_to(email))
        for label, value in {
            "Your name": "Zoe",
            "Password": PASSWORD,
            "Organisation": "Zoe",
            "Address": self.slug,
        }.items():
            await page.get_by_label(label, exact=True).fill(value)
        await page.get_by_role("button", name="Make it").click()
        await expect(page.get_by_role("heading", name=plan)).to_be_visible()

    async def check_out(self) -> None:
        await self.inspection.look("a plan picked")
        await self.press("Go on to checkout")
        await self.press("Pay with a good card")
        await expect(self.page).to_have_url(re.compile("/admin/billing/welcome"))

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def look(self, state: str) -> None:
        """At the page of billing, as it is now."""
        await self.page.goto(f"{self.console}/billing")
        await self.inspection.look(state)

    async def pick(self, plan: str, interval: str = "Monthly") -> None:
        await self.page.goto(f"{self.console}/billing")
        await self.page.get_by_role("link", name=interval).click()
        await self.press(f"Change to {plan}")

    @property
    def standing(self) -> Locator:
        return self.page.locator("#standing")

    @property
    def due_now(self) -> Locator:
        return self.page.locator("dt:has-text('Due now') + dd strong")

    async def invoiced(self) -> list[str]:
        """The newest first."""
        await self.page.goto(f"{self.console}/billing")
        rows = self.page.get_by_role("region", name="Invoices").locator("tbody tr")
        return [(await row.locator("td").nth(1).inner_text()).split("\n")[0] for row in await rows.all()]

    async def subscription(self) -> Subscription:
        found: Subscription = await Subscription.objects.select_related("tenant").aget(tenant__slug=self.slug)
        return found

    async def audited(self) -> list[str]:
        """What the organisation reads that its owner did."""
        chain = (await self.tenant()).schema_name
        entries = AuditEntry.objects.filter(chain=chain, actor_kind="account").order_by("number")
        return [entry.action async for entry in entries]

    async def tenant(self) -> Tenant:
        found: Tenant = await Tenant.objects.aget(slug=self.slug)
        return found


def part(amount: int, at: datetime, start: datetime, end: datetime) -> int:
    """Of an amount for a period, what falls on the rest of it: to the second, half a cent up."""
    return floor(
        Fraction(amount * int((end - at).total_seconds()), int((end - start).total_seconds())) + Fraction(1, 2)
    )


async def test_a_plan_is_tried_changed_not_paid_for_paid_and_cancelled_right_to_the_cent(
    owner: Visitor, market: Market
) -> None:
    zoe = Owner(owner, market)
    expected: list[int] = []

    await zoe.sign_up("Pro")
    await zoe.check_out()
    await expect(zoe.page.get_by_role("heading", name="Welcome to Pro")).to_be_visible()
    await zoe.inspection.look("welcome")
    await market.told()
    trial_end = (await market.now()) + timedelta(days=14)
    await zoe.look("trial")
    await expect(zoe.standing).to_have_text(
        f"You try Pro until {day(trial_end)}. From then on it costs {money(PRO, 'usd')} a month, "
        "unless you cancel before."
    )
    assert (await zoe.tenant()).plan == "pro"
    expected.append(0)

    await market.later(days=20)
    expected.append(PRO)
    start, end, at = trial_end, (await zoe.subscription()).period_end, await market.now()
    assert 28 <= (end - start).days <= 31
    await zoe.look("paying")
    await expect(zoe.standing).to_contain_text(f"renews on {day(end)}")

    await zoe.pick("Scale")
    upgrade = part(SCALE, at, start, end) - part(PRO, at, start, end)
    await expect(zoe.due_now).to_have_text(money(upgrade, "usd"))
    await zoe.press("Change now")
    await expect(zoe.standing).to_contain_text("You are on Scale")
    expected.append(upgrade)

    await zoe.pick("Pro")
    await expect(zoe.due_now).to_have_text(money(0, "usd"))
    await zoe.press(f"Change on {day(end)}")
    await expect(zoe.standing).to_have_text(f"You are on Scale. From {day(end)} on it is Pro, paid monthly.")
    await market.later(seconds=int((end - at).total_seconds()) + 2 * HOUR)
    expected.append(PRO)
    await zoe.look("downgraded")
    await expect(zoe.standing).to_contain_text("You are on Pro")
    assert (await zoe.tenant()).plan == "pro"

    start, end, at = end, (await zoe.subscription()).period_end, await market.now()
    await zoe.pick("Pro", "Yearly")
    yearly = PRO_YEAR - part(PRO, at, start, end)
    await expect(zoe.due_now).to_have_text(money(yearly, "usd"))
    await zoe.press("Change now")
    await expect(zoe.standing).to_contain_text(f"{money(PRO_YEAR, 'usd')} a year")
    expected.append(yearly)

    await zoe.page.get_by_text("Cancel Pro…").click()
    await zoe.press("Cancel Pro")
    ends = day((await zoe.subscription()).period_end)
    await expect(zoe.standing).to_contain_text(f"Pro is cancelled and stays until {ends}")
    await zoe.look("cancelled")
    await zoe.press("Resume Pro")
    await expect(zoe.standing).to_contain_text(f"renews on {ends}")

    await zoe.press("Manage cards and invoices")
    await zoe.press("Use a card that is declined")
    await zoe.page.get_by_role("link", name="Return").click()
    await expect(zoe.standing).to_be_visible()
    renewal = (await zoe.subscription()).period_end
    await market.later(seconds=int((renewal - await market.now()).total_seconds()) + 2 * HOUR)
    expected.append(PRO_YEAR)
    failed = (await zoe.subscription()).unpaid_since
    assert failed is not None
    await zoe.look("a payment failed")
    await expect(zoe.standing).to_contain_text(f"Everything works until {day(failed + timedelta(days=14))}")
    await expect(zoe.page.get_by_role("region", name="Invoices")).to_contain_text("Payment failed")
    await zoe.page.goto(f"{zoe.console}/")
    await expect(zoe.page.locator(".console-banner")).to_contain_text("A payment failed")

    for days, service, told in ((20, "read_only", "nothing written"), (60, "suspended", "Suspended")):
        await market.overdue(zoe.slug, days)
        assert (await zoe.tenant()).service == service
        await zoe.look(service)
        await expect(zoe.standing).to_contain_text(told)

    await zoe.page.get_by_role("link", name=re.compile("^Pay ")).click()
    await zoe.press("Pay with a good card")
    await market.told()
    assert (await zoe.tenant()).service == "full"
    await zoe.look("recovered")
    await expect(zoe.standing).to_contain_text("renews on")
    await expect(zoe.page.locator(".console-banner")).to_have_count(0)

    assert await zoe.invoiced() == [money(each, "usd") for each in reversed(expected)]
    assert sorted(await market.totals(zoe.slug)) == sorted(expected)
    assert [action for action in await zoe.audited() if "entitlement" not in action] == DONE
    assert zoe.inspection.found == []


async def test_while_stripe_is_away_the_console_says_so_and_comes_to_the_truth_by_itself(
    owner: Visitor, market: Market
) -> None:
    zoe = Owner(owner, market)
    owner.expect_complaint("503")
    await zoe.sign_up("Scale")
    await zoe.check_out()
    market.shop.stand_in.down()
    await zoe.page.reload()
    await expect(zoe.page.get_by_role("heading", name="We do not know yet")).to_be_visible()
    await zoe.inspection.look("not known")
    await zoe.page.evaluate("window.unloaded = false")
    market.shop.stand_in.down(False)
    await expect(zoe.page.get_by_role("heading", name="Welcome to Scale")).to_be_visible(timeout=20_000)
    assert await zoe.page.evaluate("window.unloaded") is False, "the page was not loaded again"

    market.shop.stand_in.down()
    await zoe.look("Stripe is away")
    await expect(zoe.standing).to_contain_text("You try Scale")
    await zoe.press("Manage cards and invoices")
    await expect(zoe.page.get_by_text("The payment service does not answer")).to_be_visible()
    market.shop.stand_in.down(False)
    await market.told()
    assert zoe.inspection.found == []
