"""Buying, changing, cancelling: at Stripe, in our rows, and in what the tenant may do."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from billing.entitlements import standing
from billing.gateway_stripe import GatewayRefused, GatewayUnavailable, gateway
from billing.plans import PLANS, Interval
from billing.subscriptions import (
    CheckoutState,
    cancel_subscription,
    change_subscription,
    confirm_checkout,
    offers,
    open_portal,
    preview_change,
    resume_subscription,
)
from kit.errors import ParleyError
from tests.billing.shop import DAY, Shop
from tests.support.cast import Tenancy


def test_what_is_bought_is_in_force_when_its_buyer_is_back_whether_a_webhook_came_or_not(
    shop: Shop, acme: Tenancy, globex: Tenancy
) -> None:
    tenant = acme.made.tenant
    shop.wish(acme, "pro", seats=5)
    session = shop.customer(acme).checkout_id
    assert confirm_checkout(tenant, session) is CheckoutState.OPEN
    assert shop.row(acme).plan == "free"
    shop.stand_in.pay(session)
    assert confirm_checkout(tenant, session) is CheckoutState.COMPLETE
    row, bought = shop.row(acme), shop.subscription(acme)
    assert (row.plan, row.seats, row.monthly_messages) == ("pro", 5, PLANS["pro"].limits.monthly_messages)
    assert (bought.status, bought.plan, bought.interval, bought.seats) == ("trialing", "pro", "month", 5)
    assert bought.trial_ends_at == shop.now + timedelta(days=14)
    assert standing(tenant, shop.now).banner == "trial"
    shop.wish(globex)
    with pytest.raises(ParleyError, match="not a checkout of this"):
        confirm_checkout(globex.made.tenant, session)


def test_offers_are_what_stripe_sells(shop: Shop, acme: Tenancy) -> None:
    found = {offer.plan.name: offer for offer in offers(acme.made.tenant, "eur")}
    assert found["pro"].prices == {Interval.MONTH: 17_00, Interval.YEAR: 170_00}
    assert found["free"].is_current
    assert not found["free"].prices
    assert not found["custom"].prices


def test_one_checkout_is_open_at_a_time_and_a_trial_is_given_once(shop: Shop, acme: Tenancy) -> None:
    first = shop.wish(acme)
    assert shop.wish(acme) == first
    assert shop.wish(acme, "scale") != first
    shop.buy(acme, "scale")
    with pytest.raises(ParleyError, match="a subscription already"):
        shop.wish(acme)
    cancel_subscription(acme.made.tenant)
    shop.stand_in.advance(15 * DAY)
    shop.sync(acme)
    assert (shop.subscription(acme).status, shop.row(acme).plan) == ("canceled", "free")
    again = shop.buy(acme)
    assert (again.status, again.trial_ends_at) == ("active", None)
    assert shop.invoices(acme)[0].total == 3 * 19_00


def test_two_admins_who_choose_two_plans_at_once_get_one_subscription(shop: Shop, acme: Tenancy) -> None:
    """However their steps fall between each other; then also when both pages were paid on all the same."""
    for _ in range(5):
        together(lambda: shop.wish(acme, "pro"), lambda: shop.wish(acme, "scale"))
    assert [session.status for session in shop.sessions(acme)].count("open") == 1
    assert shop.customers(acme) == [shop.customer(acme).stripe_id]
    bought = shop.buy(acme, "pro")
    shop.stand_in.advance(60)
    items = [{"price": item.price.id, "quantity": item.quantity} for item in shop.live(acme)[0]["items"].data[:1]]
    second = shop.stand_in.client().v1.subscriptions.create(
        {"customer": shop.customer(acme).stripe_id, "items": items, "default_payment_method": "pm_card_visa"}
    )
    shop.sync(acme)
    assert [each.id for each in shop.live(acme)] == [bought.stripe_id]
    assert shop.stand_in.client().v1.subscriptions.retrieve(second.id).status == "canceled"
    [payment] = shop.stand_in.client().v1.invoice_payments.list({"invoice": str(second.latest_invoice)}).data
    asked = {"payment_intent": str(payment.payment.payment_intent)}
    assert [refund.amount for refund in shop.stand_in.client().v1.refunds.list(asked).data] == [3 * 19_00]


def together(*deeds: object) -> None:
    def do(deed: object) -> None:
        try:
            deed()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_more_comes_at_once_for_the_rest_of_the_period_and_less_at_its_end(shop: Shop, acme: Tenancy) -> None:
    tenant = acme.made.tenant
    shop.buy(acme, "pro")
    shop.stand_in.advance(15 * DAY)
    shop.sync(acme)
    assert shop.subscription(acme).status == "active"

    preview = preview_change(tenant, "scale", "month", 3)
    assert preview.at is None
    change_subscription(tenant, "scale", "month", 3)
    assert (shop.row(acme).plan, shop.invoices(acme)[0].total) == ("scale", preview.amount_due_now)
    assert preview.amount_due_now > 300_00

    assert preview_change(tenant, "pro", "month", 3).at == shop.subscription(acme).period_end
    change_subscription(tenant, "pro", "month", 3)
    coming = shop.subscription(acme)
    assert (coming.plan, coming.next_plan, coming.next_interval) == ("scale", "pro", "month")
    resume_subscription(tenant)
    assert shop.subscription(acme).next_plan == ""
    change_subscription(tenant, "pro", "month", 4)
    change_subscription(tenant, "pro", "month", 3)
    shop.stand_in.advance(31 * DAY)
    shop.sync(acme)
    now = shop.subscription(acme)
    assert (now.plan, now.seats, now.next_plan, shop.row(acme).plan) == ("pro", 3, "", "pro")
    assert shop.invoices(acme)[0].total == 3 * 19_00

    change_subscription(tenant, "pro", "year", 3)
    assert (shop.subscription(acme).interval, shop.subscription(acme).seats) == ("year", 3)


def test_a_cancelled_subscription_goes_on_until_its_end_and_may_be_resumed(shop: Shop, acme: Tenancy) -> None:
    tenant = acme.made.tenant
    shop.buy(acme)
    cancel_subscription(tenant)
    cancel_subscription(tenant)
    assert shop.subscription(acme).ends_at == shop.subscription(acme).trial_ends_at
    assert standing(tenant, shop.now).banner == "ending"
    resume_subscription(tenant)
    assert shop.subscription(acme).ends_at is None
    change_subscription(tenant, "pro", "month", 6)
    cancel_subscription(tenant)
    change_subscription(tenant, "pro", "month", 7)
    assert (shop.subscription(acme).ends_at, shop.row(acme).seats) == (None, 7)
    change_subscription(tenant, "pro", "month", 3)
    cancel_subscription(tenant)
    assert (shop.subscription(acme).next_plan, shop.subscription(acme).ends_at is None) == ("", False)


def test_a_card_that_is_declined_changes_nothing(shop: Shop, acme: Tenancy) -> None:
    shop.buy(acme)
    shop.stand_in.advance(15 * DAY)
    shop.card(acme, "pm_card_chargeCustomerFail")
    with pytest.raises(GatewayRefused, match="declined"):
        change_subscription(acme.made.tenant, "scale", "month", 3)
    shop.sync(acme)
    assert (shop.subscription(acme).plan, shop.row(acme).plan) == ("pro", "pro")


def test_what_is_not_sold_or_does_not_fit_is_refused(shop: Shop, acme: Tenancy) -> None:
    for wrong in ({"plan": "custom"}, {"interval": "week"}, {"seats": 2}, {"currency": "chf"}, {"coupon": "GIFT"}):
        with pytest.raises(ParleyError) as refused:
            shop.wish(acme, **wrong)
        assert refused.value.code.name == "invalid"
        assert refused.value.errors[0]["field"] in wrong
    for early in (cancel_subscription, resume_subscription):
        with pytest.raises(ParleyError, match=r"not bought anything|no subscription"):
            early(acme.made.tenant)


def test_a_promotion_code_takes_its_part_off(shop: Shop, acme: Tenancy) -> None:
    client = shop.stand_in.client().v1
    client.coupons.create({"id": "half", "percent_off": 50, "duration": "forever"})
    client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": "half"}, "code": "HALF"})
    shop.buy(acme, coupon="HALF")
    shop.stand_in.advance(15 * DAY)
    shop.sync(acme)
    assert shop.invoices(acme)[0].total == 3 * 9_50


def test_the_portal_is_opened_for_who_ever_bought(shop: Shop, acme: Tenancy) -> None:
    with pytest.raises(ParleyError, match="not bought anything"):
        open_portal(acme.made.tenant, "https://a.example/")
    shop.buy(acme)
    assert open_portal(acme.made.tenant, "https://a.example/").startswith(shop.stand_in.url)


def test_a_customer_that_somebody_deleted_at_stripe_is_made_anew(shop: Shop, acme: Tenancy) -> None:
    shop.wish(acme)
    gone = shop.customer(acme).stripe_id
    shop.stand_in.client().v1.customers.delete(gone)
    shop.buy(acme)
    assert shop.customer(acme).stripe_id != gone
    assert shop.row(acme).plan == "pro"


@pytest.mark.parametrize(("trouble", "times"), [(500, 3), (429, 1), ("timeout", 3)])
def test_while_stripe_has_trouble_pages_are_told_so_and_later_all_goes_on(
    shop: Shop, acme: Tenancy, trouble: int | str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.gateway_stripe._ANSWER_SECONDS", 0.2)
    monkeypatch.setattr("stripe.HTTPClient.INITIAL_DELAY", 0.01)
    monkeypatch.setattr("stripe.HTTPClient.MAX_DELAY", 0.02)
    shop.stand_in.fail(times, trouble)
    with pytest.raises(GatewayUnavailable):
        shop.wish(acme)
    assert shop.buy(acme).plan == "pro"


def test_a_plan_changed_at_stripe_itself_is_followed_by_what_is_paid_for_by_use(shop: Shop, acme: Tenancy) -> None:
    """Stripe's dashboard changes the price of the seats and knows nothing of the metered one beside it."""
    bought = shop.buy(acme, "pro")
    [live] = shop.live(acme)
    seat = next(item for item in live.to_dict()["items"]["data"] if "parley_measure" not in item["price"]["metadata"])
    scale = gateway().prices([PLANS["scale"].lookup_key(Interval.MONTH)])
    changed: Any = {"items": [{"id": seat["id"], "price": next(iter(scale.values())).id}]}
    shop.stand_in.client().v1.subscriptions.update(bought.stripe_id, changed)
    shop.sync(acme)
    assert shop.row(acme).plan == "scale"
    [live] = shop.live(acme)
    metered = [item["price"]["lookup_key"] for item in live["items"].data if item["id"] != seat["id"]]
    assert metered == [PLANS["scale"].overage_key("monthly_active_users", Interval.MONTH)]
    asked = shop.asked
    assert shop.sync(acme) == frozenset()
    assert shop.asked - asked <= 4, "what fits is left alone"
