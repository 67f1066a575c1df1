"""Invoices to the cent, by a recount that shares no line with the stand-in."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
import stripe

from tests.billing.stand_in.conftest import START, Shop
from tests.support.stripe import StripeStandIn

DAY = 86_400
HOUR = 3_600


def cents(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def test_an_invoice_with_everything_on_it_is_right_to_the_cent(stand_in: StripeStandIn, shop: Shop) -> None:
    stand_in.settings(tax_percent=19.0)
    coupon = shop.client.v1.coupons.create({"percent_off": 15, "duration": "forever"}).id
    customer = shop.customer()
    more: dict[str, Any] = {"automatic_tax": {"enabled": True}, "discounts": [{"coupon": coupon}]}
    made = shop.subscribe(customer, shop.pro_month, shop.messages, **more)
    first = shop.subscription(made.id, "latest_invoice").latest_invoice
    assert (first.subtotal, first.total) == (2_900, cents(cents(2_900 * Decimal("0.85")) * Decimal("1.19")))

    elapsed = 11 * DAY + 12_345
    stand_in.advance(elapsed)
    shop.use(customer, 123_457, "one")
    seats = {"items": [{"id": made["items"].data[0].id, "quantity": 3}]}
    shop.client.v1.subscriptions.update(made.id, seats)
    assert shop.subscription(made.id).latest_invoice == first.id
    stand_in.advance(31 * DAY + HOUR - elapsed)

    invoice = shop.subscription(made.id, "latest_invoice").latest_invoice
    left = Decimal(31 * DAY - elapsed) / (31 * DAY)
    credit, debit = (cents(count * 2_900 * Decimal("0.85") * left) for count in (1, 3))
    usage = cents(123_457 * Decimal("0.05"))
    assert sorted(line.amount for line in invoice.lines.data) == sorted([-credit, debit, usage, 3 * 2_900])
    net = [-credit, debit, usage - cents(usage * Decimal("0.15")), 8_700 - cents(8_700 * Decimal("0.15"))]
    assert invoice.total_excluding_tax == sum(net)
    assert invoice.total == sum(net) + sum(_tax(amount) for amount in net)
    assert (invoice.status, invoice.amount_paid, invoice.amount_remaining) == ("paid", invoice.total, 0)


def _tax(amount: int) -> int:
    tax = cents(abs(amount) * Decimal("0.19"))
    return tax if amount > 0 else -tax


def test_going_yearly_is_billed_at_once_and_a_preview_says_so_before(stand_in: StripeStandIn, shop: Shop) -> None:
    customer = shop.customer()
    made = shop.subscribe(customer, shop.pro_month, shop.messages)
    stand_in.advance(10 * DAY)
    shop.use(customer, 2_000, "before")
    stand_in.advance(1)
    change = {"items": [{"id": made["items"].data[0].id, "price": shop.pro_year}]}
    preview = shop.client.v1.invoices.create_preview({"subscription": made.id, "subscription_details": change})
    expected = 29_000 - cents(2_900 * Decimal(21 * DAY - 1) / (31 * DAY)) + 100
    assert (preview.total, shop.subscription(made.id).latest_invoice) == (expected, made.latest_invoice)
    shop.client.v1.subscriptions.update(made.id, change)
    after = shop.subscription(made.id, "latest_invoice")
    assert (after.latest_invoice.total, after.latest_invoice.status) == (expected, "paid")
    ends = {item.price.id: item.current_period_end for item in after["items"].data}
    # 2030-01-11T00:00:01 plus a year; plus a month.
    assert ends == {shop.pro_year: START + 375 * DAY + 1, shop.messages: START + 41 * DAY + 1}


def test_what_is_credited_is_what_was_billed_and_the_balance_pays_the_next(stand_in: StripeStandIn, shop: Shop) -> None:
    """A coupon for once is used up, and its discount is not handed out again with the credit."""
    coupon = shop.client.v1.coupons.create({"amount_off": 5_000, "currency": "usd", "duration": "once"}).id
    customer = shop.customer()
    made = shop.subscribe(customer, shop.scale_month, discounts=[{"coupon": coupon}])
    assert shop.subscription(made.id).discounts == []
    item = made["items"].data[0].id
    change = {"items": [{"id": item, "price": shop.pro_month}], "proration_behavior": "always_invoice"}
    shop.client.v1.subscriptions.update(made.id, change)
    invoice = shop.subscription(made.id, "latest_invoice").latest_invoice
    assert (invoice.total, invoice.amount_due, invoice.ending_balance) == (2_900 - 4_900, 0, -2_000)
    stand_in.advance(31 * DAY + HOUR)
    renewal = shop.subscription(made.id, "latest_invoice").latest_invoice
    assert (renewal.total, renewal.amount_due, renewal.ending_balance) == (2_900, 900, 0)
    moves = shop.client.v1.customers.balance_transactions.list(customer).data
    assert [(move.type, move.amount) for move in moves] == [
        ("applied_to_invoice", 2_000),
        ("invoice_too_small", -2_000),
    ]


def test_the_31st_stays_the_31st(stand_in: StripeStandIn, shop: Shop) -> None:
    stand_in.advance(30 * DAY)
    name = shop.subscribe(shop.customer()).id
    ends = []
    for _ in range(3):
        ends.append(shop.subscription(name)["items"].data[0].current_period_end)
        stand_in.advance(ends[-1] - stand_in.world.now())
    assert [(end - START) // DAY for end in ends] == [58, 89, 119]  # 28 February, 31 March, 30 April


def test_tiers_and_other_currencies(stand_in: StripeStandIn, shop: Shop) -> None:
    steps = [{"up_to": 10, "unit_amount": 500, "flat_amount": 1_000}, {"up_to": "inf", "unit_amount": 300}]
    shape = {"product": shop.pro, "currency": "usd", "recurring": {"interval": "month"}, "billing_scheme": "tiered"}
    totals = {}
    for mode in ("graduated", "volume"):
        price = shop.client.v1.prices.create({**shape, "tiers": steps, "tiers_mode": mode})
        for seats in (10, 25):
            items = [{"price": price.id, "quantity": seats}]
            made = shop.client.v1.subscriptions.create({"customer": shop.customer(), "items": items})
            totals[mode, seats] = shop.subscription(made.id, "latest_invoice").latest_invoice.total
    assert totals == {
        ("graduated", 10): 6_000,
        ("graduated", 25): 6_000 + 15 * 300,
        ("volume", 10): 6_000,
        ("volume", 25): 25 * 300,
    }
    euros = {
        "product": shop.pro,
        "currency": "usd",
        "unit_amount": 100,
        "currency_options": {"eur": {"unit_amount": 90}},
    }
    price = shop.client.v1.prices.create({**euros, "recurring": {"interval": "month"}, "expand": ["currency_options"]})
    assert price.currency_options["eur"].unit_amount == 90
    made = shop.subscribe(shop.customer(), price.id, currency="eur")
    invoice = shop.subscription(made.id, "latest_invoice").latest_invoice
    assert (invoice.currency, invoice.total) == ("eur", 90)


def test_a_meter_counts_each_identifier_once(stand_in: StripeStandIn, shop: Shop) -> None:
    customer = shop.customer()
    meter = shop.client.v1.billing.meters.list({"status": "active"}).data[0].id
    made = shop.subscribe(customer, shop.messages)
    for number in range(5):
        shop.use(customer, 1_000, f"hour-{number}")
    for repeat in ("hour-0", "hour-4"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.use(customer, 1_000, repeat)
        assert refused.value.code == "duplicate_meter_event"
    cancel = {"event_name": "messages", "type": "cancel", "cancel": {"identifier": "hour-1"}}
    assert shop.client.v1.billing.meter_event_adjustments.create(cancel).status == "complete"
    span = {"customer": customer, "start_time": START, "end_time": START + DAY}
    [summary] = shop.client.v1.billing.meters.event_summaries.list(meter, span).data
    assert summary.aggregated_value == 4_000
    for wrong in (START - 36 * DAY, START + 301):
        late = {"event_name": "messages", "payload": {"stripe_customer_id": customer, "value": "1"}, "timestamp": wrong}
        with pytest.raises(stripe.InvalidRequestError, match="timestamp"):
            shop.client.v1.billing.meter_events.create(late)
    stand_in.advance(31 * DAY + 60)
    # Told within the hour before the invoice is final, it is on it still.
    payload = {"stripe_customer_id": customer, "value": "2000"}
    shop.client.v1.billing.meter_events.create(
        {"event_name": "messages", "payload": payload, "timestamp": START + 31 * DAY - 1}
    )
    stand_in.advance(HOUR)
    assert shop.subscription(made.id, "latest_invoice").latest_invoice.total == 6_000 * 5 // 100
