"""That the stand-in speaks as Stripe does, by two witnesses: the stripe library's classes and Stripe's own document."""

from __future__ import annotations

import copy

from tests.billing.stand_in import openapi
from tests.billing.stand_in.conftest import START, Shop, told
from tests.support.stripe import StripeStandIn, declared

DAY = 86_400
_PAGES = {"invoice_history": {"enabled": True}, "payment_method_update": {"enabled": True}}
_TOLD = {
    "account",
    "billing.meter",
    "billing.meter_event",
    "billing.meter_event_adjustment",
    "billing.meter_event_summary",
    "billing_portal.configuration",
    "billing_portal.session",
    "checkout.session",
    "coupon",
    "customer",
    "customer_balance_transaction",
    "discount",
    "event",
    "invoice",
    "invoice_payment",
    "item",
    "line_item",
    "payment_intent",
    "payment_method",
    "price",
    "product",
    "promotion_code",
    "subscription",
    "subscription_item",
    "subscription_schedule",
    "test_helpers.test_clock",
    "webhook_endpoint",
}


def test_every_resource_is_as_stripes_own_document_has_it(stand_in: StripeStandIn, shop: Shop) -> None:
    """(That it is as the library declares it the fixture sees, here and in every other test.)"""
    _tour(stand_in, shop)
    things = told(stand_in)
    assert {thing["object"] for thing in things} == _TOLD
    assert [misfit for thing in things for misfit in openapi.misfits(thing)] == []


def _tour(stand_in: StripeStandIn, shop: Shop) -> None:
    v1 = shop.client.v1
    stand_in.settings(tax_percent=7.7)
    v1.accounts.retrieve_current()
    v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/none", "enabled_events": ["payout.paid"]})
    v1.billing_portal.configurations.create({"features": _PAGES, "business_profile": {"headline": "Parley"}})
    clock = v1.test_helpers.test_clocks.create({"frozen_time": START}).id
    customer = shop.customer(test_clock=clock, address={"country": "DE", "postal_code": "10115"})
    v1.billing_portal.sessions.create({"customer": customer, "return_url": "https://acme.example/"})
    v1.customers.balance_transactions.create(customer, {"amount": -500, "currency": "usd"})
    coupon = v1.coupons.create({"percent_off": 33.3, "duration": "repeating", "duration_in_months": 2}).id
    code = v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HELLO"}).code
    session = v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": customer,
            "line_items": [{"price": shop.scale_month, "quantity": 7}, {"price": shop.messages}],
            "allow_promotion_codes": True,
            "automatic_tax": {"enabled": True},
            "success_url": "https://acme.example/",
        }
    )
    stand_in.pay(session.id, code=code)
    name = v1.checkout.sessions.retrieve(session.id).subscription
    v1.checkout.sessions.line_items.list(session.id)
    v1.subscription_items.list({"subscription": name})
    v1.subscription_schedules.create({"from_subscription": name})
    shop.use(customer, 9, "nine")
    meter = v1.billing.meters.list().data[0].id
    span = {"customer": customer, "start_time": START, "end_time": START + DAY}
    v1.billing.meters.event_summaries.list(meter, span)
    v1.billing.meter_event_adjustments.create(
        {"event_name": "messages", "type": "cancel", "cancel": {"identifier": "nine"}}
    )
    v1.subscriptions.update(name, {"default_payment_method": "pm_card_chargeCustomerFail"})
    v1.test_helpers.test_clocks.advance(clock, {"frozen_time": START + 33 * DAY})
    assert shop.subscription(name).status == "past_due"
    invoice = v1.invoices.list({"subscription": name, "status": "open"}).data[0].id
    v1.invoices.line_items.list(invoice)
    payment = v1.invoice_payments.list({"invoice": invoice}).data[0].payment
    assert v1.payment_intents.retrieve(payment.payment_intent).status == "requires_payment_method"


def test_both_witnesses_see_what_is_wrong(stand_in: StripeStandIn, shop: Shop) -> None:
    shop.subscribe(shop.customer(), shop.pro_month)
    good = next(thing for thing in told(stand_in) if thing["object"] == "subscription")
    wrong = copy.deepcopy(good) | {"invented": 1, "status": "sleeping", "start_date": "today"}
    del wrong["currency"]
    wrong["items"]["data"][0]["price"]["active"] = None
    seen = sorted(declared.misfits(wrong))
    places = ["currency is missing", "invented is not declared", "items.data[0].price.active", "start_date", "status"]
    assert len(seen) == len(places)
    assert all(misfit.startswith(f"subscription.{place}") for misfit, place in zip(seen, places, strict=True))
    assert len(list(openapi.misfits(wrong))) == len(places) - 1  # it lets pass what came after it
