"""What no webhook told of is found, healed and shown."""

from __future__ import annotations

import pytest

from billing.gateway_stripe import GatewayUnavailable
from billing.models import Customer, Subscription
from billing.reconciliation import reconcile
from tenants.lifecycle import remove
from tests.billing.shop import Shop, tell
from tests.support.cast import Tenancy
from tests.support.manage import manage_here


def test_what_differs_is_healed_and_shown(shop: Shop, acme: Tenancy, globex: Tenancy) -> None:
    shop.buy(acme)
    shop.buy(globex)
    Subscription.objects.filter(tenant=acme.made.tenant).update(plan="scale")
    [drift] = [found for found in reconcile(shop.now) if found.tenant in (acme.slug, globex.slug)]
    assert (drift.tenant, drift.fields) == (acme.slug, {"subscription.plan"})
    assert shop.customer(acme).drifted_at == shop.now
    assert shop.customer(globex).drifted_at is None
    assert (shop.subscription(acme).plan, shop.row(acme).plan) == ("pro", "pro")
    assert manage_here("billing", "reconcile", acme.slug).out == "Nothing differs.\n"


def test_what_an_event_that_waits_tells_of_is_no_drift(shop: Shop, acme: Tenancy) -> None:
    shop.wish(acme)
    shop.stand_in.pay(shop.customer(acme).checkout_id)
    tell(next(each for each in reversed(shop.stand_in.events) if each["type"] == "checkout.session.completed"))
    assert reconcile(shop.now, acme.slug) == []
    assert shop.customer(acme).drifted_at is None
    assert shop.row(acme).plan == "pro"


def test_a_customer_whose_maker_died_before_it_was_noted_is_taken_up(shop: Shop, acme: Tenancy) -> None:
    bought = shop.buy(acme)
    stripe_id = shop.customer(acme).stripe_id
    Customer.objects.filter(stripe_id=stripe_id).delete()
    bought.delete()
    reconcile(shop.now)
    assert shop.customer(acme).stripe_id == stripe_id
    assert shop.subscription(acme).stripe_id == bought.stripe_id


def test_it_stops_where_stripe_does_not_answer(shop: Shop, acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0.02)
    shop.buy(acme)
    shop.stand_in.down()
    try:
        with pytest.raises(GatewayUnavailable):
            reconcile(shop.now)
        assert "unavailable" in manage_here("billing", "reconcile").err
    finally:
        shop.stand_in.down(down=False)
    assert shop.row(acme).plan == "pro"


def test_a_tenant_that_is_removed_is_charged_no_more(shop: Shop, acme: Tenancy) -> None:
    subscription = shop.buy(acme).stripe_id
    remove(acme.made.tenant)
    assert shop.stand_in.client().v1.subscriptions.retrieve(subscription).status == "canceled"
