"""One life that is lived at the stand-in and, where ``STRIPE_TEST_KEY`` holds the secret key of a test mode account
(``sk_test_…``), at Stripe itself: what the stand-in does is what Stripe does. It makes our products, prices and meters
in that account, a test clock and a customer, and removes the clock with its customer at the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe
from django.test import override_settings
from django.utils import timezone

from billing.catalogue import set_up
from billing.entitlements import standing
from billing.gateway_stripe import gateway
from billing.items import items_of
from billing.models import Invoice, Subscription
from billing.plans import PLANS, Interval
from billing.subscriptions import cancel_subscription, change_subscription, resume_subscription
from billing.sync import sync_customer
from tenants.models import Tenant
from tests.billing.shop import BEGIN, DAY, HOOK, Shop
from tests.support.cast import Tenancy
from tests.support.stripe import KEY

REAL_KEY = os.environ.get("STRIPE_TEST_KEY", "")
_PATIENCE = 180.0


@dataclass
class Account:
    """An account of Stripe's, and a clock in it."""

    client: stripe.StripeClient
    clock: str
    now: int

    def advance(self, seconds: int) -> None:
        self.now += seconds
        clocks = self.client.v1.test_helpers.test_clocks
        clocks.advance(self.clock, {"frozen_time": self.now})
        deadline = time.monotonic() + _PATIENCE
        while clocks.retrieve(self.clock).status == "advancing":
            assert time.monotonic() < deadline, "the clock still advances"
            time.sleep(0.01 if not REAL_KEY else 2)


@pytest.fixture(params=["stand-in", "stripe"])
def account(request: pytest.FixtureRequest, shared_shop: Shop) -> Iterator[Account]:
    real = request.param == "stripe"
    if real and not REAL_KEY:
        pytest.skip("STRIPE_TEST_KEY is not set: Stripe itself was not asked")
    assert not real or REAL_KEY.startswith(("sk_test_", "rk_test_")), "STRIPE_TEST_KEY must be of test mode"
    key, base = (REAL_KEY, "https://api.stripe.com") if real else (KEY, shared_shop.stand_in.url)
    with override_settings(STRIPE_SECRET_KEY=key, STRIPE_API_BASE=base, STRIPE_AUTOMATIC_TAX=False):
        client = stripe.StripeClient(key, base_addresses={"api": base})
        if real:
            set_up(gateway(60), HOOK, dry_run=False)
        begin = int(time.time()) if real else BEGIN
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": begin})
        yield Account(client, clock.id, begin)
        client.v1.test_helpers.test_clocks.delete(clock.id)


def test_a_life_from_trial_to_cancelling_is_the_same_at_both(account: Account, acme: Tenancy) -> None:
    tenant = acme.made.tenant
    customer = a_customer(account, acme)
    items: Any = items_of(gateway(), PLANS["pro"], Interval.MONTH, 3)
    account.client.v1.subscriptions.create({"customer": customer, "items": items, "trial_period_days": 14})
    assert told(tenant, customer) == ("trialing", "pro", "month", 3)
    assert [invoice.total for invoice in invoices(tenant)] == [0]

    account.advance(15 * DAY)
    assert told(tenant, customer) == ("active", "pro", "month", 3)
    assert sorted(invoice.amount_paid for invoice in invoices(tenant)) == [0, 3 * 19_00]

    change_subscription(tenant, "scale", "month", 3)
    assert told(tenant, customer) == ("active", "scale", "month", 3)
    upgrade = max(invoices(tenant), key=lambda invoice: (invoice.created_at, invoice.total))
    assert upgrade.status == "paid"
    assert upgrade.total == sum(line["amount"] for line in upgrade.lines)
    assert 0 < upgrade.total <= 3 * (149_00 - 19_00)

    change_subscription(tenant, "pro", "month", 3)
    assert Subscription.objects.get(tenant=tenant).next_plan == "pro"
    resume_subscription(tenant)
    assert Subscription.objects.get(tenant=tenant).next_plan == ""

    cancel_subscription(tenant)
    assert Subscription.objects.get(tenant=tenant).ends_at is not None
    account.advance(32 * DAY)
    assert told(tenant, customer)[0] == "canceled"
    assert (standing(tenant).plan, Tenant.objects.get(pk=tenant.pk).plan) == ("free", "free")


def a_customer(account: Account, acme: Tenancy) -> str:
    """Of our tenant, with a card that is good, whose time is the clock's."""
    made = account.client.v1.customers.create(
        {
            "test_clock": account.clock,
            "email": "owner@example.com",
            "metadata": {"parley_tenant": acme.schema_name},
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    return made.id


def told(tenant: Tenant, customer: str) -> tuple[str, str, str, int]:
    sync_customer(customer, timezone.now())
    row = Subscription.objects.get(tenant=tenant)
    return row.status, row.plan, row.interval, row.seats


def invoices(tenant: Tenant) -> list[Invoice]:
    return list(Invoice.objects.filter(tenant=tenant))
