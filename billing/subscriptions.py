"""What a tenant's owner does: buy, change, cancel. Everything is done at Stripe and then read from there, under the
customer's lock. All raise ParleyError: ``unavailable`` while Stripe does not answer, ``busy`` while somebody else of
the tenant buys, ``tenant_state`` for what does not fit, ``invalid`` with Stripe's own words for what it refuses."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from billing.customers import customer_of, locked
from billing.gateway_stripe import Gateway, GatewayRefused, gateway
from billing.items import Items, items_of, replacing
from billing.models import Customer, Subscription
from billing.plans import CURRENCIES, LEAST_SEATS, PLANS, TRIAL_DAYS, Interval, Plan
from billing.stripe_objects import TENANT_KEY, StripeCheckout, StripePrice, StripeSubscription
from billing.sync import current_of, mirror
from kit.errors import INVALID, TENANT_STATE, ParleyError
from tenants.models import Tenant

MOST_SEATS = 10_000


@dataclass(frozen=True, slots=True)
class Offer:
    """``prices``: of a seat, in cents, by interval; nothing for a plan that costs nothing or is not sold by itself."""

    plan: Plan
    prices: Mapping[Interval, int]
    is_current: bool


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """``at``: when it comes; None, and it does now, for ``amount_due_now`` (cents, tax included)."""

    amount_due_now: int
    currency: str
    at: datetime | None


class CheckoutState(enum.StrEnum):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


def offers(tenant: Tenant, currency: str) -> list[Offer]:
    """Every plan, as it is sold at the moment."""
    _check_currency(currency)
    keys = [plan.lookup_key(interval) for plan in PLANS.values() for interval in plan.prices]
    sold = gateway().prices(keys)
    return [Offer(plan, _prices(plan, sold, currency), plan.name == tenant.plan) for plan in PLANS.values()]


def _prices(plan: Plan, sold: Mapping[str, StripePrice], currency: str) -> dict[Interval, int]:
    found = {interval: sold.get(plan.lookup_key(interval)) for interval in plan.prices}
    amounts = {interval: price.amounts.get(currency) for interval, price in found.items() if price}
    return {interval: amount for interval, amount in amounts.items() if amount is not None}


# Buying


def start_checkout(
    tenant: Tenant,
    *,
    email: str,
    plan: str,
    interval: str,
    seats: int,
    currency: str,
    coupon: str = "",
    success_url: str,
    cancel_url: str,
) -> str:
    """The address of Stripe's page to pay on. One is open at a time: the same wish gets the same one, another wish ends
    it. The first subscription begins with a trial. ``{CHECKOUT_SESSION_ID}`` in ``success_url`` becomes its id."""
    wish = _wish(plan, interval, seats)
    _check_currency(currency)
    stripe = gateway()
    customer_of(tenant, email, stripe)
    with locked(tenant=tenant) as customer:
        before = stripe.subscriptions(customer.stripe_id)
        if any(each.is_live for each in before):
            raise ParleyError(TENANT_STATE, "There is a subscription already. Change that one.")
        asked = {
            "mode": "subscription",
            "customer": customer.stripe_id,
            "client_reference_id": tenant.schema_name,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "currency": currency,
            "line_items": wish.items(stripe),
            "subscription_data": _subscription_data(tenant, has_trial=_deserves_trial(tenant, before)),
            "automatic_tax": {"enabled": settings.STRIPE_AUTOMATIC_TAX},
            "customer_update": {"address": "auto", "name": "auto"},
            "tax_id_collection": {"enabled": settings.STRIPE_AUTOMATIC_TAX},
            **_discount(stripe, coupon),
        }
        return _open_checkout(stripe, customer, asked).url


@dataclass(frozen=True, slots=True)
class _Wish:
    plan: Plan
    interval: Interval
    seats: int

    def items(self, stripe: Gateway) -> Items:
        return items_of(stripe, self.plan, self.interval, self.seats)


def _wish(plan: str, interval: str, seats: int) -> _Wish:
    """Raises ParleyError ``invalid``."""
    if plan not in PLANS or not PLANS[plan].is_sold:
        raise ParleyError(INVALID, "This plan is not sold here.", errors=[{"field": "plan", "code": "unknown"}])
    if interval not in list(Interval):
        raise ParleyError(INVALID, errors=[{"field": "interval", "code": "unknown"}])
    if not LEAST_SEATS <= seats <= MOST_SEATS:
        detail = f"From {LEAST_SEATS} to {MOST_SEATS:,} places can be bought."
        raise ParleyError(INVALID, detail, errors=[{"field": "seats", "code": "out_of_range"}])
    return _Wish(PLANS[plan], Interval(interval), seats)


def _check_currency(currency: str) -> None:
    if currency not in CURRENCIES:
        raise ParleyError(INVALID, errors=[{"field": "currency", "code": "unknown"}])


def _deserves_trial(tenant: Tenant, before: list[StripeSubscription]) -> bool:
    had_one = any(each.ever_was for each in before) or Subscription.objects.filter(tenant=tenant).exists()
    return not had_one


def _subscription_data(tenant: Tenant, *, has_trial: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"metadata": {TENANT_KEY: tenant.schema_name}}
    return {**data, "trial_period_days": TRIAL_DAYS} if has_trial else data


def _discount(stripe: Gateway, coupon: str) -> dict[str, Any]:
    """Stripe's page asks for a code unless one was given here."""
    if not coupon:
        return {"allow_promotion_codes": True}
    code = stripe.promotion_code(coupon)
    if code is None:
        raise ParleyError(INVALID, "There is no such code.", errors=[{"field": "coupon", "code": "unknown"}])
    return {"discounts": [{"promotion_code": code}]}


_WISH_KEY = "parley_wish"


def _open_checkout(stripe: Gateway, customer: Customer, asked: dict[str, Any]) -> StripeCheckout:
    wish = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    if customer.checkout_id:
        last = stripe.checkout(customer.checkout_id)
        if last.status == CheckoutState.OPEN and last.wish.get(_WISH_KEY) == wish:
            return last
        if last.status == CheckoutState.OPEN:
            _expire(stripe, last)
    key = f"{customer.tenant.schema_name}:checkout:{customer.checkout_id}:{wish}"
    made = stripe.create_checkout({**asked, "metadata": {_WISH_KEY: wish}}, key)
    customer.checkout_id = made.id
    customer.save(update_fields=["checkout_id"])
    return made


def _expire(stripe: Gateway, session: StripeCheckout) -> None:
    try:
        stripe.expire_checkout(session.id)
    except GatewayRefused:
        raise ParleyError(TENANT_STATE, "Somebody is paying at this moment. Look again shortly.") from None


def confirm_checkout(tenant: Tenant, session_id: str) -> CheckoutState:
    """For the page that people come back to: how the session stands. What was bought is in force when it is complete,
    whether the webhook has come or not. Raises ParleyError ``tenant_state`` for a session of somebody else."""
    stripe = gateway()
    with locked(tenant=tenant) as customer:
        session = stripe.checkout(session_id)
        if session.customer != customer.stripe_id:
            raise ParleyError(TENANT_STATE, "This is not a checkout of this organisation.")
        if session.status == CheckoutState.COMPLETE:
            mirror(customer, stripe, timezone.now())
    return CheckoutState(session.status)


def open_portal(tenant: Tenant, return_url: str) -> str:
    """The address of Stripe's portal, good once: cards, invoices, addresses, and cancelling."""
    customer = Customer.objects.filter(tenant=tenant).first()
    if customer is None:
        raise ParleyError(TENANT_STATE, "This organisation has not bought anything yet.")
    return gateway().portal(customer.stripe_id, return_url)


# Changing


def preview_change(tenant: Tenant, plan: str, interval: str, seats: int) -> ChangePreview:
    """What ``change_subscription`` would cost, and when it would come."""
    wish, stripe = _wish(plan, interval, seats), gateway()
    with locked(tenant=tenant) as customer:
        current = _changeable(stripe, customer)
        if not _comes_now(current, wish):
            return ChangePreview(0, current.currency, current.period_end)
        if current.status == "trialing":  # Stripe's preview is of the trial's end
            return ChangePreview(0, current.currency, None)
        amount, currency = stripe.preview(
            {
                "customer": customer.stripe_id,
                "subscription": current.id,
                "subscription_details": {
                    "items": replacing(current, wish.items(stripe)),
                    "proration_behavior": "always_invoice",
                },
            }
        )
    return ChangePreview(amount, currency, None)


def change_subscription(tenant: Tenant, plan: str, interval: str, seats: int) -> None:
    """More comes now, and what it costs until the period's end is charged at once; if that fails nothing changes. Less
    comes at the period's end. Either takes the place of what was to come, a cancellation too."""
    wish, stripe = _wish(plan, interval, seats), gateway()
    with locked(tenant=tenant) as customer:
        current = _changeable(stripe, customer)
        if _comes_now(current, wish):
            _change_now(stripe, current, wish)
        else:
            _change_later(stripe, current, wish)
        mirror(customer, stripe, timezone.now())


def _changeable(stripe: Gateway, customer: Customer) -> StripeSubscription:
    current = current_of(stripe.subscriptions(customer.stripe_id))
    if current is None or not current.is_live:
        raise ParleyError(TENANT_STATE, "There is no subscription to change.")
    if current.status not in ("trialing", "active"):
        raise ParleyError(TENANT_STATE, "The last invoice has to be paid first.")
    return current


def _comes_now(current: StripeSubscription, wish: _Wish) -> bool:
    rank = PLANS[current.plan].rank if current.plan in PLANS else 0
    return _worth(wish.plan.rank, wish.interval, wish.seats) >= _worth(rank, current.interval, current.seats)


def _worth(rank: int, interval: str, seats: int) -> tuple[int, bool, int]:
    """A higher plan is more, then a year than a month, then more seats."""
    return rank, interval == Interval.YEAR, seats


def _change_now(stripe: Gateway, current: StripeSubscription, wish: _Wish) -> None:
    _keep_as_it_is(stripe, current)
    if (current.plan, current.interval, current.seats) == (wish.plan.name, wish.interval, wish.seats):
        return
    changes = {
        "items": replacing(current, wish.items(stripe)),
        "proration_behavior": "always_invoice",
        "payment_behavior": "error_if_incomplete",
    }
    stripe.update_subscription(current.id, changes)


def _change_later(stripe: Gateway, current: StripeSubscription, wish: _Wish) -> None:
    _keep_as_it_is(stripe, current)
    schedule = stripe.create_schedule(current.id)
    now = {**schedule.phases[0].terms, "end_date": int(current.period_end.timestamp())}
    then: dict[str, Any] = {
        "start_date": int(current.period_end.timestamp()),
        "items": wish.items(stripe),
        "duration": {"interval": wish.interval.value, "interval_count": 1},
    }
    if "discounts" in now:
        then["discounts"] = now["discounts"]
    stripe.update_schedule(schedule.id, [now, then])


def cancel_subscription(tenant: Tenant) -> None:
    """At the period's end; until then all stays as it is. Nothing happens to one that is cancelled already."""
    stripe = gateway()
    with locked(tenant=tenant) as customer:
        current = _live(stripe, customer)
        if current.schedule:
            stripe.release_schedule(current.schedule)
        if current.ends_at is None:
            stripe.update_subscription(current.id, {"cancel_at_period_end": True})
        mirror(customer, stripe, timezone.now())


def resume_subscription(tenant: Tenant) -> None:
    """As if it had not been cancelled, nor a smaller plan chosen, while the period lasts."""
    stripe = gateway()
    with locked(tenant=tenant) as customer:
        current = _live(stripe, customer)
        _keep_as_it_is(stripe, current)
        mirror(customer, stripe, timezone.now())


def _keep_as_it_is(stripe: Gateway, current: StripeSubscription) -> None:
    """Nothing is to come at the period's end any more. The schedule goes first: while there is one, Stripe refuses to
    hear of cancelling."""
    if current.schedule:
        stripe.release_schedule(current.schedule)
    if current.ends_at is not None:
        stripe.update_subscription(current.id, {"cancel_at_period_end": False})


def _live(stripe: Gateway, customer: Customer) -> StripeSubscription:
    current = current_of(stripe.subscriptions(customer.stripe_id))
    if current is None or not current.is_live:
        raise ParleyError(TENANT_STATE, "There is no subscription.")
    return current
