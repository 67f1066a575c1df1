"""What has to be in a Stripe account for our plans to be sold there: products, prices, meters, the portal's settings,
and where webhooks go. ``manage.py billing setup`` makes it so, however often, and says beforehand what it would do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from billing.gateway_stripe import Gateway
from billing.plans import LEAST_SEATS, PLANS, Interval, Plan
from billing.stripe_objects import MEASURE_KEY, PLAN_KEY, PORTAL_KEY, Json
from billing.subscriptions import MOST_SEATS

METERS = {"active_users": "sum", "messages": "sum", "peak_connections": "sum", "stored_mib": "last"}
"""How Stripe puts together what it is told of each (https://docs.stripe.com/api/billing/meter/create)."""
METER_OF = {
    "monthly_active_users": "active_users",
    "monthly_messages": "messages",
    "peak_connections": "peak_connections",
    "storage_bytes": "stored_mib",
}
"""What counts towards which limit."""
EVENT_TYPES = (
    *("checkout.session.completed", "checkout.session.expired", "customer.deleted", "customer.updated"),
    *("customer.subscription.created", "customer.subscription.deleted", "customer.subscription.paused"),
    *("customer.subscription.resumed", "customer.subscription.trial_will_end", "customer.subscription.updated"),
    *("invoice.finalized", "invoice.marked_uncollectible", "invoice.paid", "invoice.payment_action_required"),
    *("invoice.payment_failed", "invoice.updated", "invoice.voided"),
    *("subscription_schedule.released", "subscription_schedule.updated"),
)
_TERMS_KEY = "parley_terms"
"""Metadata: a digest of what an object was made with, so that it is known whether it still is what it should be."""
_NOT_YET = "(not made yet)"
_MONTHS = {Interval.MONTH: 1, Interval.YEAR: 12}


def event_name(meter: str) -> str:
    """As Stripe knows the meter."""
    return f"parley_{meter}"


def set_up(stripe: Gateway, webhook_url: str, *, dry_run: bool) -> Setup:
    """Make what is missing or other than it should be, or only say what."""
    setup = Setup(stripe, dry_run)
    meters = {meter: _meter(setup, meter) for meter in METERS}
    _portal(setup, [_plan(setup, plan, meters) for plan in PLANS.values() if plan.is_sold])
    _webhook(setup, webhook_url)
    return setup


@dataclass
class Setup:
    """``differences``: a line for each, in the order in which they were seen to. ``webhook_secret``: of an endpoint
    that was made; Stripe says it this once."""

    stripe: Gateway
    dry_run: bool
    differences: list[str] = field(default_factory=list)
    webhook_secret: str = ""
    _found: dict[str, list[Json]] = field(default_factory=dict)

    def find(self, kind: str, fits: Callable[[Json], bool], **params: Any) -> Json | None:
        if kind not in self._found:
            self._found[kind] = list(self.stripe.list_all(kind, **params))
        return next(filter(fits, self._found[kind]), None)

    def make(self, kind: str, what: str, params: Json) -> Json:
        self.differences.append(f"create {kind} {what}")
        return {"id": _NOT_YET} if self.dry_run else self.stripe.create(kind, params)

    def change(self, kind: str, what: str, found: Json, params: Json) -> Json:
        self.differences.append(f"update {kind} {what}")
        return found if self.dry_run else self.stripe.update(kind, found["id"], params)


def _meter(setup: Setup, meter: str) -> str:
    name = event_name(meter)
    found = setup.find("meter", lambda each: each["event_name"] == name, status="active")
    params = {
        "display_name": f"Parley: {meter.replace('_', ' ')}",
        "event_name": name,
        "default_aggregation": {"formula": METERS[meter]},
        "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
        "value_settings": {"event_payload_key": "value"},
    }
    return str((found or setup.make("meter", name, params))["id"])


def _plan(setup: Setup, plan: Plan, meters: dict[str, str]) -> dict[str, Any]:
    """What the portal offers of it."""
    product = _product(setup, plan, "", f"Parley {plan.title}")
    prices = [_seat_price(setup, plan, interval, product) for interval in plan.prices]
    for measure in plan.overage:
        used = _product(setup, plan, measure, f"Parley {plan.title}: {measure.replace('_', ' ')}")
        for interval in plan.prices:
            _overage_price(setup, plan, measure, interval, used, meters[METER_OF[measure]])
    seats = {"enabled": True, "minimum": LEAST_SEATS, "maximum": MOST_SEATS}
    return {"product": product, "prices": prices, "adjustable_quantity": seats}


def _product(setup: Setup, plan: Plan, measure: str, name: str) -> str:
    ours = {PLAN_KEY: plan.name, MEASURE_KEY: measure} if measure else {PLAN_KEY: plan.name}
    params = {"name": name, "metadata": ours, **({} if measure else {"description": plan.summary})}
    found = setup.find("product", lambda each: each["metadata"] == ours, active=True)
    if found is None:
        found = setup.make("product", name, params)
    elif any(found[key] != value for key, value in params.items()):
        found = setup.change("product", name, found, params)
    return str(found["id"])


def _seat_price(setup: Setup, plan: Plan, interval: Interval, product: str) -> str:
    first, *others = plan.prices[interval].items()
    terms = {
        "product": product,
        "recurring": {"interval": interval.value},
        "currency": first[0],
        "unit_amount": first[1],
        "currency_options": {currency: {"unit_amount": cents} for currency, cents in others},
        "metadata": {PLAN_KEY: plan.name},
    }
    return _price(setup, plan.lookup_key(interval), terms)


def _overage_price(setup: Setup, plan: Plan, measure: str, interval: Interval, product: str, meter: str) -> str:
    """Nothing for what is included, of a year twelve times as much."""
    included = plan.included[measure] * _MONTHS[interval]
    first, *others = (
        (currency, _tiers(included, hundredths)) for currency, hundredths in plan.overage[measure].items()
    )
    terms = {
        "product": product,
        "recurring": {"interval": interval.value, "usage_type": "metered", "meter": meter},
        "billing_scheme": "tiered",
        "tiers_mode": "graduated",
        "currency": first[0],
        "tiers": first[1],
        "currency_options": {currency: {"tiers": tiers} for currency, tiers in others},
        "metadata": {PLAN_KEY: plan.name, MEASURE_KEY: measure},
    }
    return _price(setup, plan.overage_key(measure, interval), terms)


def _tiers(included: int, hundredths: int) -> list[dict[str, Any]]:
    cents = f"{hundredths // 100}.{hundredths % 100:02d}"
    return [{"up_to": included, "unit_amount": 0}, {"up_to": "inf", "unit_amount_decimal": cents}]


def _price(setup: Setup, key: str, terms: dict[str, Any]) -> str:
    """What a price says never changes: another one takes over its key, and who has the old one keeps it."""
    digest = _digest(terms)
    found = setup.find("price", lambda each: each["lookup_key"] == key, active=True)
    if found is not None and found["metadata"].get(_TERMS_KEY) == digest:
        return str(found["id"])
    metadata = {**terms["metadata"], _TERMS_KEY: digest}
    more = {"tax_behavior": "exclusive", "lookup_key": key, "transfer_lookup_key": True, "metadata": metadata}
    return str(setup.make("price", key, {**terms, **more})["id"])


def _portal(setup: Setup, products: list[dict[str, Any]]) -> None:
    features = {
        "customer_update": {"enabled": True, "allowed_updates": ["address", "email", "name", "tax_id"]},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price", "quantity", "promotion_code"],
            "proration_behavior": "always_invoice",
            "products": products,
            "schedule_at_period_end": {
                "conditions": [{"type": "decreasing_item_amount"}, {"type": "shortening_interval"}]
            },
        },
    }
    digest = _digest(features)
    params = {"features": features, "metadata": {PORTAL_KEY: "1", _TERMS_KEY: digest}}
    found = setup.find("configuration", lambda each: PORTAL_KEY in each["metadata"], active=True)
    if found is None:
        setup.make("configuration", "of the customer portal", params)
    elif found["metadata"].get(_TERMS_KEY) != digest:
        setup.change("configuration", "of the customer portal", found, params)


def _webhook(setup: Setup, url: str) -> None:
    found = setup.find("webhook_endpoint", lambda each: each["url"] == url)
    params = {"enabled_events": list(EVENT_TYPES)}
    if found is None:
        made = setup.make("webhook_endpoint", url, {"url": url, **params})
        setup.webhook_secret = str(made.get("secret", ""))
    elif set(found["enabled_events"]) != set(EVENT_TYPES) or found["status"] != "enabled":
        setup.change("webhook_endpoint", url, found, {**params, "disabled": False})


def _digest(terms: Json) -> str:
    return hashlib.sha256(json.dumps(terms, sort_keys=True).encode()).hexdigest()[:32]
