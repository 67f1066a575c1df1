"""A stand-in with something to sell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import stripe

from tests.support.stripe import StripeStandIn, declared

START = 1_893_456_000
"""2030-01-01: the stand-in's time stands still there until a test moves it."""


@dataclass(frozen=True)
class Shop:
    """Prices in cents: Pro 29.00 a month and 290.00 a year, Scale 99.00 a month, messages 0.05 cents each."""

    client: stripe.StripeClient
    pro: str
    scale: str
    pro_month: str
    pro_year: str
    scale_month: str
    messages: str

    def customer(self, card: str | None = "pm_card_visa", **more: Any) -> str:
        made = self.client.v1.customers.create({"email": "owner@acme.example", **more})
        if card:
            kept = self.client.v1.payment_methods.attach(card, {"customer": made.id})
            self.client.v1.customers.update(made.id, {"invoice_settings": {"default_payment_method": kept.id}})
        return made.id

    def subscribe(self, customer: str, *prices: str, **more: Any) -> Any:
        items = [{"price": price} for price in prices or [self.pro_month]]
        return self.client.v1.subscriptions.create({"customer": customer, "items": items, **more})

    def subscription(self, name: str, *expand: str) -> Any:
        return self.client.v1.subscriptions.retrieve(name, {"expand": list(expand)})

    def use(self, customer: str, count: int, identifier: str) -> Any:
        payload = {"stripe_customer_id": customer, "value": str(count)}
        params = {"event_name": "messages", "payload": payload, "identifier": identifier}
        return self.client.v1.billing.meter_events.create(params)


@pytest.fixture
def stand_in() -> Iterator[StripeStandIn]:
    """Every answer that a test gets, and every object that an event tells of, is as the stripe library declares it."""
    with StripeStandIn(now=START) as running:
        running.answers = []
        yield running
        assert [misfit for thing in told(running) for misfit in declared.misfits(thing)] == []


def told(stand_in: StripeStandIn) -> list[dict[str, Any]]:
    """All objects that it answered; of pages, what is on them."""
    answers = [one for answer in stand_in.answers or [] for one in _unpaged(answer)]
    return [*answers, *stand_in.events, *(event["data"]["object"] for event in stand_in.events)]


def _unpaged(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return answer["data"] if answer["object"] == "list" else [answer]


@pytest.fixture
def shop(stand_in: StripeStandIn) -> Shop:
    client = stand_in.client(max_network_retries=0)
    pro, scale = (client.v1.products.create({"name": name}).id for name in ("Pro", "Scale"))
    counted = {"display_name": "Messages", "event_name": "messages", "default_aggregation": {"formula": "sum"}}
    meter = client.v1.billing.meters.create(counted).id

    def price(product: str, interval: str, **amounts: Any) -> str:
        recurring = {"interval": interval, **amounts.pop("recurring", {})}
        made = client.v1.prices.create({"product": product, "currency": "usd", "recurring": recurring, **amounts})
        return made.id

    return Shop(
        client=client,
        pro=pro,
        scale=scale,
        pro_month=price(pro, "month", unit_amount=2_900, lookup_key="pro_month"),
        pro_year=price(pro, "year", unit_amount=29_000, lookup_key="pro_year"),
        scale_month=price(scale, "month", unit_amount=9_900, lookup_key="scale_month"),
        messages=price(pro, "month", unit_amount_decimal="0.05", recurring={"usage_type": "metered", "meter": meter}),
    )
