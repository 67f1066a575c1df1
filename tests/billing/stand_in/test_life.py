"""The life of a subscription, told through the real library."""

from __future__ import annotations

import pytest
import stripe

from tests.billing.stand_in.conftest import START, Shop
from tests.support.stripe import StripeStandIn

DAY = 86_400
HOUR = 3_600


def test_a_life_from_trial_to_the_end(stand_in: StripeStandIn, shop: Shop) -> None:
    customer = shop.customer(card=None)
    name = _checked_out(stand_in, shop, customer)
    life = shop.client.v1.subscriptions
    now = shop.subscription(name)
    assert (now.status, now.trial_end) == ("trialing", START + 14 * DAY)
    assert now["items"].data[0].current_period_end == START + 14 * DAY

    stand_in.advance(14 * DAY)
    assert _latest(shop, name) == ("active", "subscription_cycle", "draft", 2_900)
    stand_in.advance(HOUR)
    assert _latest(shop, name) == ("active", "subscription_cycle", "paid", 2_900)

    # The 15th to the 15th of February are 31 days; half of them are left.
    stand_in.advance(31 * DAY // 2 - HOUR)
    item = shop.subscription(name)["items"].data[0].id
    life.update(name, {"items": [{"id": item, "price": shop.scale_month}], "proration_behavior": "always_invoice"})
    assert _latest(shop, name) == ("active", "subscription_update", "paid", (9_900 - 2_900) // 2)

    life.update(name, {"default_payment_method": "pm_card_chargeCustomerFail"})
    stand_in.advance(31 * DAY // 2 + HOUR)
    assert _latest(shop, name) == ("past_due", "subscription_cycle", "open", 9_900)
    stand_in.advance(DAY)
    invoice = shop.subscription(name, "latest_invoice").latest_invoice
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (2, stand_in.world.now() + 2 * DAY)
    with pytest.raises(stripe.CardError) as refused:
        shop.client.v1.invoices.pay(invoice.id)
    assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)

    life.update(name, {"default_payment_method": "pm_card_visa"})
    assert shop.client.v1.invoices.pay(invoice.id).status == "paid"
    assert shop.subscription(name).status == "active"
    assert not shop.client.v1.customers.retrieve(customer).delinquent

    ending = life.update(name, {"cancel_at_period_end": True})
    assert (ending.status, ending.cancel_at) == ("active", ending["items"].data[0].current_period_end)
    assert life.update(name, {"cancel_at_period_end": False}).cancel_at is None
    life.update(name, {"cancel_at_period_end": True})
    stand_in.advance(31 * DAY)
    ended = shop.subscription(name)
    assert (ended.status, ended.ended_at, ended.cancellation_details.reason) == (
        "canceled",
        ending.cancel_at,
        "cancellation_requested",
    )
    assert [event["type"] for event in stand_in.events][-1] == "customer.subscription.deleted"


def _checked_out(stand_in: StripeStandIn, shop: Shop, customer: str) -> str:
    """The subscription that a Checkout Session with a trial led to."""
    session = shop.client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": customer,
            "client_reference_id": "acme",
            "line_items": [{"price": shop.pro_month, "quantity": 1}],
            "subscription_data": {"trial_period_days": 14, "metadata": {"tenant": "acme"}},
            "success_url": "https://acme.example/back?session={CHECKOUT_SESSION_ID}",
            "expand": ["line_items"],
        }
    )
    assert session.line_items.data[0].price.id == shop.pro_month
    assert stand_in.pay(session.id) == f"https://acme.example/back?session={session.id}"
    done = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (done.status, done.payment_status, done.subscription.metadata["tenant"]) == (
        "complete",
        "no_payment_required",
        "acme",
    )
    return str(done.subscription.id)


def _latest(shop: Shop, name: str) -> tuple[str, str, str, int]:
    found = shop.subscription(name, "latest_invoice")
    invoice = found.latest_invoice
    return found.status, invoice.billing_reason, invoice.status, invoice.total


@pytest.mark.parametrize(
    ("outcome", "status"), [("cancel", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")]
)
def test_after_the_last_retry_the_accounts_setting_decides(
    stand_in: StripeStandIn, shop: Shop, outcome: str, status: str
) -> None:
    stand_in.settings(after_retries=outcome, retry_days=[1, 3])
    customer = shop.customer()
    name = shop.subscribe(customer).id
    shop.client.v1.subscriptions.update(name, {"default_payment_method": "pm_card_authenticationRequired"})
    stand_in.advance(31 * DAY + HOUR + 3 * DAY)
    kinds = [event["type"] for event in stand_in.events]
    assert kinds.count("invoice.payment_failed") == kinds.count("invoice.payment_action_required") == 3
    assert shop.subscription(name).status == status
    invoice = shop.subscription(name, "latest_invoice").latest_invoice
    shop.client.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    assert shop.subscription(name).status == ("canceled" if outcome == "cancel" else "active")


def test_a_downgrade_waits_for_the_periods_end_and_a_schedule_guards_it(stand_in: StripeStandIn, shop: Shop) -> None:
    name = shop.subscribe(shop.customer(), shop.scale_month, shop.messages).id
    schedules = shop.client.v1.subscription_schedules
    schedule = schedules.create({"from_subscription": name})
    present = schedule.phases[0]
    kept = [{"price": shop.scale_month, "quantity": 1}, {"price": shop.messages}]
    phases = [
        {"items": kept, "start_date": present.start_date, "end_date": present.end_date},
        {"items": [{"price": shop.pro_month, "quantity": 1}, {"price": shop.messages}]},
    ]
    schedules.update(schedule.id, {"phases": phases, "end_behavior": "release"})
    with pytest.raises(stripe.InvalidRequestError, match="schedule"):
        shop.client.v1.subscriptions.update(name, {"cancel_at_period_end": True})
    stand_in.advance(31 * DAY + HOUR)
    assert _latest(shop, name) == ("active", "subscription_cycle", "paid", 2_900)
    assert shop.subscription(name).schedule == schedule.id
    stand_in.advance(28 * DAY)
    assert (shop.subscription(name).schedule, schedules.retrieve(schedule.id).status) == (None, "released")
    assert _latest(shop, name)[3] == 2_900


def test_customers_of_a_test_clock_live_in_its_time(stand_in: StripeStandIn, shop: Shop) -> None:
    clocks = shop.client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": START + 5 * DAY})
    fast, slow = shop.customer(test_clock=clock.id), shop.customer()
    names = [shop.subscribe(one, trial_period_days=7).id for one in (fast, slow)]
    assert clocks.advance(clock.id, {"frozen_time": START + 12 * DAY + HOUR}).status == "advancing"
    assert clocks.retrieve(clock.id).status == "ready"
    assert [shop.subscription(name).status for name in names] == ["active", "trialing"]
    assert _latest(shop, names[0])[2] == "paid"


def test_a_test_clock_holds_three_customers_and_goes_two_intervals_at_once(stand_in: StripeStandIn, shop: Shop) -> None:
    clocks = shop.client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": START}).id
    customer, *_ = (shop.customer(test_clock=clock) for _ in range(3))
    for _ in range(3):
        shop.subscribe(customer)
    with pytest.raises(stripe.InvalidRequestError, match="no room for more than 3 subscriptions"):
        shop.subscribe(customer)
    with pytest.raises(stripe.InvalidRequestError, match="no room for more than 3 customers"):
        shop.customer(test_clock=clock)
    with pytest.raises(stripe.InvalidRequestError, match="two intervals"):
        clocks.advance(clock, {"frozen_time": START + 60 * DAY})  # January and February have 59
    clocks.advance(clock, {"frozen_time": START + 59 * DAY})
    clocks.delete(clock)
    assert shop.client.v1.customers.list().data == shop.client.v1.subscriptions.list().data == []


def test_a_phase_that_names_no_discount_has_none(stand_in: StripeStandIn, shop: Shop) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    name = shop.subscribe(shop.customer(), discounts=[{"coupon": coupon}]).id
    schedules = shop.client.v1.subscription_schedules
    schedule = schedules.create({"from_subscription": name})
    [present] = schedule.phases
    terms = {"items": [{"price": shop.pro_month}], "start_date": present.start_date, "end_date": present.end_date}
    kept = [{"discount": present.discounts[0].discount}]
    schedules.update(schedule.id, {"phases": [{**terms, "discounts": kept}, {"items": terms["items"]}]})
    assert shop.subscription(name, "latest_invoice").latest_invoice.total == 1_450
    stand_in.advance(31 * DAY + HOUR)
    assert shop.subscription(name).discounts == []
    assert _latest(shop, name) == ("active", "subscription_cycle", "paid", 2_900)


def test_what_begins_badly_is_incomplete_paused_or_not_there(stand_in: StripeStandIn, shop: Shop) -> None:
    poor = shop.customer("pm_card_chargeCustomerFail")
    refused = shop.subscribe(poor)
    assert refused.status == "incomplete"
    with pytest.raises(stripe.CardError):
        shop.subscribe(poor, payment_behavior="error_if_incomplete")
    assert len(shop.client.v1.subscriptions.list({"customer": poor, "status": "all"}).data) == 1

    unready = {"trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}}
    paused = shop.subscribe(shop.customer(card=None), trial_period_days=1, **unready)
    stand_in.advance(DAY)
    assert shop.subscription(refused.id).status == "incomplete_expired"
    assert shop.subscription(paused.id).status == "paused"
    later = shop.client.v1.subscriptions.update(paused.id, {"default_payment_method": "pm_card_visa"})
    assert shop.client.v1.subscriptions.resume(later.id).status == "active"
    assert _latest(shop, paused.id) == ("active", "subscription_update", "paid", 2_900)
