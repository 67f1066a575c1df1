"""The prices that make up a subscription: its seats, and what is paid for by use. Both are of one plan and interval."""

from __future__ import annotations

from typing import Any

from billing.gateway_stripe import Gateway
from billing.plans import PLANS, Interval, Plan
from billing.stripe_objects import StripeSubscription
from kit.errors import UNAVAILABLE, ParleyError

Items = list[dict[str, Any]]


def items_of(stripe: Gateway, plan: Plan, interval: Interval, seats: int) -> Items:
    """The seats first. Raises ParleyError ``unavailable`` while a price is not on sale."""
    seat, *used = [plan.lookup_key(interval), *_used(plan, interval)]
    sold = stripe.prices([seat, *used])
    missing = [key for key in (seat, *used) if key not in sold]
    if missing:
        raise ParleyError(UNAVAILABLE, f"Not on sale at the moment: {', '.join(missing)}.")
    return [{"price": sold[seat].id, "quantity": seats}, *({"price": sold[key].id} for key in used)]


def replacing(current: StripeSubscription, items: Items) -> Items:
    """The item that is paid by seat stays and gets another price; of what is paid by use, what is new comes and what is
    old goes."""
    seat = next(item for item in current.items if not item.price.measure)
    return [{"id": seat.id, **items[0]}, *_other_use(current, items[1:])]


def fit_use(stripe: Gateway, current: StripeSubscription) -> None:
    """Let what is paid for by use follow the seats, where somebody changed the plan at Stripe, whose portal and
    dashboard know nothing of it. Nothing is charged for the change."""
    plan = PLANS.get(current.plan)
    if plan is None or current.schedule or not _misfits(current, plan):
        return
    wanted = items_of(stripe, plan, Interval(current.interval), current.seats)[1:]
    changes = _other_use(current, wanted)
    if changes:
        stripe.update_subscription(current.id, {"items": changes, "proration_behavior": "none"})


def _misfits(current: StripeSubscription, plan: Plan) -> bool:
    """By plan and interval: who bought at an older price keeps that."""
    used = [item.price for item in current.items if item.price.measure]
    fitting = all((price.plan, price.interval) == (plan.name, current.interval) for price in used)
    return not fitting or {price.measure for price in used} != set(plan.overage)


def _other_use(current: StripeSubscription, wanted: Items) -> Items:
    used = {item.price.id: item.id for item in current.items if item.price.measure}
    kept = {item["price"] for item in wanted}
    return [
        *({"id": used[price], "deleted": True} for price in used if price not in kept),
        *(item for item in wanted if item["price"] not in used),
    ]


def _used(plan: Plan, interval: Interval) -> list[str]:
    return [plan.overage_key(measure, interval) for measure in plan.overage]
