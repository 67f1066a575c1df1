"""``manage.py billing``: what it makes in a Stripe account, once, and what it says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from billing.catalogue import EVENT_TYPES, METERS
from billing.plans import PLANS, Interval
from tests.billing.shop import BEGIN, Shop
from tests.support.cast import Tenancy
from tests.support.manage import manage_here
from tests.support.stripe import StripeStandIn


@pytest.fixture
def empty() -> Iterator[Shop]:
    """An account in which nothing is yet."""
    with StripeStandIn(now=BEGIN) as stand_in:
        shop = Shop(stand_in)
        with shop.settings():
            yield shop


def kinds(shop: Shop) -> dict[str, int]:
    every = shop.stand_in.call(lambda: list(shop.stand_in.world.objects.values()))
    names = [each["object"] for each in every if each["object"] != "event"]
    return {name: names.count(name) for name in names}


def test_setup_makes_everything_once_and_a_dry_run_only_says_so(empty: Shop) -> None:
    told = manage_here("billing", "setup", "--dry-run")
    assert told.code == 0
    assert not kinds(empty)
    assert manage_here("billing", "check").code == 1

    made = manage_here("billing", "setup")
    assert made.code == 0
    *lines, secret = made.out.splitlines()
    assert [f"would {line}" for line in lines] == told.out.splitlines()
    assert secret.startswith("STRIPE_WEBHOOK_SECRET=whsec_")
    sold = [plan for plan in PLANS.values() if plan.is_sold]
    overages = sum(len(plan.overage) for plan in sold)
    expected = {
        "billing.meter": len(METERS),
        "product": len(sold) + overages,
        "price": 2 * (len(sold) + overages),
        "billing_portal.configuration": 1,
        "webhook_endpoint": 1,
    }
    assert kinds(empty) == expected
    assert len(lines) == sum(expected.values())

    assert manage_here("billing", "setup").out == "Everything is set up.\n"
    assert kinds(empty) == expected
    assert manage_here("billing", "check").out == "Everything is set up, for test money.\n"


def test_prices_are_those_of_the_plans_by_interval_and_currency(shop: Shop) -> None:
    asked: Any = {"expand": ["data.currency_options", "data.tiers"], "limit": 100}
    found = {price.lookup_key: price for price in shop.stand_in.client().v1.prices.list(asked).data}
    for plan in PLANS.values():
        for interval, amounts in plan.prices.items():
            price = found[plan.lookup_key(interval)]
            assert price.recurring.interval == interval
            assert {currency: price.currency_options[currency].unit_amount for currency in amounts} == amounts
            assert price.metadata["parley_plan"] == plan.name
    used = found[PLANS["pro"].overage_key("monthly_active_users", Interval.YEAR)]
    assert [(tier.up_to, str(tier.unit_amount_decimal)) for tier in used.tiers] == [(120_000, "0"), (None, "1.00")]


def test_another_price_in_the_code_takes_over_the_key_and_who_has_the_old_one_keeps_it(
    empty: Shop, acme: Tenancy
) -> None:
    manage_here("billing", "setup")
    empty.buy(acme)
    dearer = replace(PLANS["pro"], prices={**PLANS["pro"].prices, Interval.MONTH: {"usd": 21_00, "eur": 19_00}})
    with mock.patch.dict(PLANS, pro=dearer):
        told = manage_here("billing", "check")
        assert told.code == 1
        assert "create price parley_pro_month" in told.err
        assert manage_here("billing", "setup").out.splitlines() == [
            "create price parley_pro_month",
            "update configuration of the customer portal",
        ]
    assert empty.sync(acme) == frozenset()
    assert empty.subscription(acme).plan == "pro"


def test_what_somebody_changed_by_hand_is_put_right(empty: Shop) -> None:
    manage_here("billing", "setup")
    client = empty.stand_in.client().v1
    [endpoint] = client.webhook_endpoints.list().data
    client.webhook_endpoints.update(endpoint.id, {"enabled_events": ["invoice.paid"]})
    told = manage_here("billing", "setup")
    assert told.out.startswith("update webhook_endpoint http://")
    assert "whsec_" not in told.out
    assert sorted(client.webhook_endpoints.retrieve(endpoint.id).enabled_events) == sorted(EVENT_TYPES)


def test_without_a_key_it_says_so() -> None:
    told = manage_here("billing", "setup")
    assert told.code == 1
    assert "No payment service is set up here" in told.err
