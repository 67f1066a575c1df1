"""What a tenant may do: by what it bought, what it owes, what it was granted, and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

from billing.entitlements import (
    Banner,
    credit,
    end_grant,
    entitle,
    entitle_due,
    grant,
    standing,
    standing_of,
)
from billing.models import Grant, Subscription
from billing.plans import PLANS
from kit.errors import ParleyError
from tenants.audit import verify
from tenants.models import AuditEntry
from tenants.records import Service
from tenants.terms import change_terms
from tests.billing.shop import DAY, Shop
from tests.support.cast import Tenancy

NOW = datetime(2027, 1, 15, tzinfo=UTC)
DAYS = timedelta(days=1)


def bought(**values: object) -> Subscription:
    return Subscription(**{"status": "active", "plan": "pro", "interval": "month", "seats": 4, **values})


@pytest.mark.parametrize(
    ("after", "service", "banner", "until"),
    [
        (0, Service.FULL, Banner.PAYMENT_FAILED, 14),
        (13.999, Service.FULL, Banner.PAYMENT_FAILED, 14),
        (14, Service.READ_ONLY, Banner.READ_ONLY, 44),
        (43.999, Service.READ_ONLY, Banner.READ_ONLY, 44),
        (44, Service.SUSPENDED, Banner.SUSPENDED, 134),
        (1_000, Service.SUSPENDED, Banner.SUSPENDED, 134),
    ],
)
def test_what_is_owed_takes_away_little_by_little(after: float, service: Service, banner: Banner, until: int) -> None:
    for status in ("past_due", "unpaid", "canceled"):
        found = standing_of(bought(status=status, unpaid_since=NOW), [], NOW + after * DAYS)
        assert (found.service, found.banner, found.until) == (service, banner, NOW + until * DAYS)


def test_a_subscriptions_state_decides_on_the_plan() -> None:
    assert standing_of(None, [], NOW).plan == "free"
    for status in ("trialing", "active", "past_due", "unpaid"):
        found = standing_of(bought(status=status), [], NOW)
        assert (found.plan, found.limits.seats) == ("pro", 4)
    for status in ("canceled", "paused", "incomplete"):
        found = standing_of(bought(status=status), [], NOW)
        assert (found.plan, found.limits) == ("free", PLANS["free"].limits)
    assert standing_of(bought(plan="gone from the code"), [], NOW).plan == "free"


def given(days: int, **values: object) -> Grant:
    return Grant(**{"pk": days, "granted_at": NOW - days * DAYS, "limits": {}, **values})


def test_the_latest_grant_in_force_counts_for_plan_and_limits_each() -> None:
    grants = [
        given(9, plan="custom", ended_at=NOW),
        given(5, plan="scale", ends_at=NOW + DAYS),
        given(7, plan="custom"),
        given(3, limits={"rooms": 7}),
        given(1, limits={"rooms": 9}, ends_at=NOW),
    ]
    found = standing_of(bought(status="unpaid", unpaid_since=NOW - 100 * DAYS), grants, NOW)
    assert (found.plan, found.limits.rooms, found.service, found.banner) == ("scale", 7, Service.FULL, None)
    later = standing_of(None, grants, NOW + DAYS)
    assert (later.plan, later.limits.rooms) == ("custom", 7)
    assert standing_of(bought(unpaid_since=NOW - 20 * DAYS), grants[3:], NOW).service is Service.READ_ONLY


@contextmanager
def clock(now: datetime) -> Iterator[None]:
    with mock.patch("django.utils.timezone.now", return_value=now):
        yield


def test_what_operators_set_stays_until_billing_begins_and_what_they_grant_later(shop: Shop, acme: Tenancy) -> None:
    tenant = acme.made.tenant
    change_terms(acme.slug, {"plan": "custom", "rooms": 77})
    shop.wish(acme)
    shop.sync(acme)
    assert entitle(tenant.pk, shop.now) is False
    assert (shop.row(acme).plan, shop.row(acme).rooms) == ("custom", 77)
    shop.buy(acme)
    assert (shop.row(acme).plan, shop.row(acme).rooms) == ("pro", PLANS["pro"].limits.rooms)
    with clock(shop.now):
        lasting = grant(tenant, limits={"rooms": 5}, reason="They asked.", by=acme.made.owner)
        grant(tenant, plan="scale", reason="Friends.", ends_at=shop.now + 2 * DAYS, by=acme.made.owner)
    shop.stand_in.client().v1.subscriptions.cancel(shop.subscription(acme).stripe_id)
    shop.sync(acme)
    assert (shop.row(acme).plan, shop.row(acme).rooms) == ("scale", 5)
    entitle_due(shop.now + 2 * DAYS)
    assert (shop.row(acme).plan, shop.row(acme).rooms) == ("free", 5)
    with clock(shop.now + 2 * DAYS):
        end_grant(lasting, acme.made.owner)
    assert shop.row(acme).rooms == PLANS["free"].limits.rooms


def test_each_change_is_written_down_in_both_chains(shop: Shop, acme: Tenancy) -> None:
    shop.buy(acme)
    for chain in (acme.schema_name, AuditEntry.PLATFORM):
        last = AuditEntry.objects.filter(chain=chain).latest("number")
        assert (last.action, last.actor_name, last.target) == ("tenant.entitled", "billing", f"tenant:{acme.slug}")
        assert (last.before["plan"], last.after["plan"], last.after["seats"]) == ("free", "pro", 3)
        assert verify(chain) is None
    before = AuditEntry.objects.count()
    shop.sync(acme)
    assert AuditEntry.objects.count() == before


def test_grants_that_could_not_be_obeyed_are_refused(acme: Tenancy) -> None:
    past = datetime.now(UTC) - DAYS
    for wrong in ({}, {"plan": "gold"}, {"limits": {"rockets": 1}}, {"limits": {"call_burst": 0}}):
        with pytest.raises(ParleyError) as refused:
            grant(acme.made.tenant, **wrong, reason="", by=None)
        assert refused.value.code.name == "invalid"
    with pytest.raises(ParleyError, match="over"):
        grant(acme.made.tenant, plan="pro", ends_at=past, reason="", by=None)
    assert not Grant.objects.filter(tenant=acme.made.tenant).exists()


def test_dunning_from_the_first_failure_until_it_is_paid(shop: Shop, acme: Tenancy) -> None:
    """Stripe gives up on the subscription meanwhile; what is owed stays owed."""
    shop.buy(acme)
    shop.card(acme, "pm_card_chargeCustomerFail")
    shop.stand_in.advance(15 * DAY)
    shop.sync(acme)
    failed = shop.subscription(acme).unpaid_since
    assert failed is not None
    assert (shop.row(acme).service, shop.row(acme).plan) == ("full", "pro")
    assert standing(acme.made.tenant, shop.now).banner == "payment_failed"
    for days, service in (
        (13.9, "full"),
        (14, "read_only"),
        (43.9, "read_only"),
        (44, "suspended"),
        (300, "suspended"),
    ):
        entitle_due(failed + days * DAYS)
        assert shop.row(acme).service == service
    shop.stand_in.advance(30 * DAY)
    shop.sync(acme)
    assert (shop.subscription(acme).status, shop.subscription(acme).unpaid_since) == ("canceled", failed)
    owed = next(invoice for invoice in shop.invoices(acme) if invoice.status == "open")
    shop.stand_in.client().v1.invoices.pay(owed.pk, {"payment_method": "pm_card_visa"})
    shop.sync(acme)
    assert (shop.row(acme).service, shop.subscription(acme).unpaid_since) == ("full", None)


def test_a_credit_is_given_once_for_the_same_click(shop: Shop, acme: Tenancy) -> None:
    with pytest.raises(ParleyError, match="not bought anything"):
        credit(acme.made.tenant, 5_00, "usd", "Sorry.")
    shop.buy(acme)
    for reason in ("Sorry.", "Sorry.", "Again."):
        credit(acme.made.tenant, 5_00, "usd", reason)
    assert shop.stand_in.client().v1.customers.retrieve(shop.customer(acme).stripe_id).balance == -10_00
    shop.stand_in.advance(15 * DAY)
    shop.sync(acme)
    newest = shop.invoices(acme)[0]
    assert (newest.total, newest.amount_due) == (3 * 19_00, 3 * 19_00 - 10_00)
