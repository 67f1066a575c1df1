"""Stripe as the suite meets it, the stand-in's or its own: everything goes through the stripe library and our own code,
in the time of a test clock (https://docs.stripe.com/billing/testing/test-clocks), and nothing is asked that only the
stand-in could answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, Unpack

import stripe
from stripe.params import SubscriptionCreateParams

from billing.gateway_stripe import gateway
from billing.items import items_of
from billing.models import Invoice, Subscription
from billing.plans import PLANS, Interval
from billing.sync import sync_customer
from tenants.models import Tenant
from tests.support.cast import Tenancy

Found = TypeVar("Found")
_PATIENCE = 600.0
"""Seconds: Stripe itself takes a minute or two for a year of a test clock, and counts meter events when it likes."""


@dataclass
class Account:
    """``pages``: how addresses begin at which its customers pay. ``pause``: seconds between two looks."""

    client: stripe.StripeClient
    clock: str
    now: datetime
    pages: str
    pause: float

    def advance(self, until: datetime) -> None:
        """At most two intervals of the shortest subscription, says Stripe. While the clock advances it refuses every
        request about its customers."""
        clocks = self.client.v1.test_helpers.test_clocks
        clocks.advance(self.clock, {"frozen_time": int(until.timestamp())})
        self.wait(lambda: clocks.retrieve(self.clock).status == "ready")
        self.now = until

    def wait(self, look: Callable[[], Found | None]) -> Found:
        """What ``look`` finds, once it finds something."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := look()):
            assert time.monotonic() < deadline, "Stripe was given time enough"
            time.sleep(self.pause)
        return found


@dataclass
class Buyer:
    """A tenant as Stripe's customer."""

    account: Account
    tenancy: Tenancy
    customer: str

    @property
    def tenant(self) -> Tenant:
        """As it is now."""
        found: Tenant = Tenant.objects.get(pk=self.tenancy.record.id)
        return found

    @property
    def subscription(self) -> Subscription:
        return Subscription.objects.get(tenant=self.tenant)

    @property
    def invoices(self) -> list[Invoice]:
        """All that are to be paid or were, the newest first."""
        found = Invoice.objects.filter(tenant=self.tenant).exclude(status="void")
        return list(found.order_by("-created_at", "-total"))

    def subscribe(self, plan: str, **more: Unpack[SubscriptionCreateParams]) -> Subscription:
        """To three seats by the month, as Checkout does once somebody has paid on its page, which takes a browser."""
        items: Any = items_of(gateway(), PLANS[plan], Interval.MONTH, 3)
        self.account.client.v1.subscriptions.create({**more, "customer": self.customer, "items": items})
        self.sync()
        return self.subscription

    def sync(self, later: timedelta = timedelta(0)) -> frozenset[str]:
        """Read what Stripe has, by our clock so much ``later`` than it is at Stripe."""
        return sync_customer(self.customer, self.account.now + later)

    def told(self) -> tuple[str, str, str, int]:
        row = self.subscription
        return row.status, row.plan, row.interval, row.seats

    def advance(self, **span: int) -> None:
        self.account.advance(self.account.now + timedelta(**span))
        self.sync()

    def renew(self) -> Invoice:
        """On to the period's end, and until its invoice is final and was tried to be paid, which Stripe does an hour
        later."""
        self.account.advance(self.subscription.period_end)
        self.advance(hours=2)
        return self.invoices[0]

    def take_card(self, card: str) -> None:
        """The card to pay with from now on (https://docs.stripe.com/testing#cards)."""
        v1 = self.account.client.v1
        kept = v1.payment_methods.attach(card, {"customer": self.customer})
        v1.customers.update(self.customer, {"invoice_settings": {"default_payment_method": kept.id}})


def new_buyer(account: Account, tenancy: Tenancy) -> Buyer:
    """With a card that is good. Our rows take it up by its metadata at the first look."""
    made = account.client.v1.customers.create(
        {
            "test_clock": account.clock,
            "email": "owner@example.com",
            "metadata": {"parley_tenant": tenancy.schema_name},
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    buyer = Buyer(account, tenancy, made.id)
    buyer.sync()
    return buyer


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
