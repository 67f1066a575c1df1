"""What time does to a subscription: the trial's end, renewal, the end of the term."""

from __future__ import annotations

from tests.support.stripe.collecting import attempt, default_method, end, finalize
from tests.support.stripe.invoices import HOUR, draft, finalized
from tests.support.stripe.items import begin_period, charge_line, metered, usage_line
from tests.support.stripe.world import ENDED, Thing, World, job

_RUNNING = ("active", "past_due", "trialing", "unpaid")
_NOTICE = 3 * 86_400


def schedule_renewal(world: World, subscription: Thing) -> None:
    for when in {item["current_period_end"] for item in subscription["items"]["data"]}:
        world.later(when, renew, subscription)


def watch_trial(world: World, subscription: Thing) -> None:
    """Three days' notice, or as much as there is."""
    if subscription["trial_end"]:
        when = max(subscription["trial_end"] - _NOTICE, world.now(subscription["_clock"]))
        world.later(when, trial_will_end, subscription)


@job(rank=0)
def trial_will_end(world: World, subscription: Thing) -> None:
    left = (subscription["trial_end"] or 0) - world.now(subscription["_clock"])
    if subscription["status"] == "trialing" and 0 < left <= _NOTICE and subscription["cancel_at"] is None:
        world.emit("customer.subscription.trial_will_end", subscription)


@job(rank=1)
def end_term(world: World, subscription: Thing) -> None:
    """At ``cancel_at``. Usage that was not billed yet comes onto a last invoice."""
    now = world.now(subscription["_clock"])
    if subscription["status"] not in _RUNNING or subscription["cancel_at"] != now:
        return
    items = [item for item in subscription["items"]["data"] if metered(world, item)]
    lines = [usage_line(world, subscription, item, now) for item in items if subscription["status"] != "trialing"]
    if lines or subscription["_pending"]:
        invoice = draft(world, subscription, "subscription_cycle", lines)
        finalized(world, invoice)
        attempt(world, invoice)
    if subscription["status"] not in ENDED:
        end(world, subscription, "cancellation_requested")


@job(rank=3)
def renew(world: World, subscription: Thing) -> None:
    """At the end of a period of some of its items, a trial's too."""
    now = world.now(subscription["_clock"])
    due = [item for item in subscription["items"]["data"] if item["current_period_end"] == now]
    if subscription["status"] not in _RUNNING or not due:
        return
    trial_over = subscription["status"] == "trialing"
    missing = trial_over and default_method(world, subscription) is None
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if missing and behavior == "cancel":
        end(world, subscription, "payment_failed")
    elif missing and behavior == "pause":
        _pause(world, subscription, now)
    else:
        _bill(world, subscription, due, now)


def _pause(world: World, subscription: Thing, now: int) -> None:
    paused = {"subscription": {"type": "trial_end_without_payment_method"}, "transitioned_at": now}
    with world.changing(subscription, "customer.subscription.updated"):
        subscription |= {"status": "paused", "status_details": {"paused": paused | {"type": "subscription"}}}
    world.emit("customer.subscription.paused", subscription)


def _bill(world: World, subscription: Thing, due: list[Thing], now: int) -> None:
    """Licensed items for the time to come, metered ones for the time past. A trial's usage is free."""
    trial_over = subscription["status"] == "trialing"
    unpaid = subscription["status"] == "unpaid"
    with world.changing(subscription, "customer.subscription.updated"):
        lines = []
        if trial_over:
            subscription["status"] = "active"
        for item in due:
            if metered(world, item) and not trial_over and item["current_period_start"] < now:
                lines.append(usage_line(world, subscription, item, now))
            begin_period(world, subscription, item, now)
            if not metered(world, item):
                lines.append(charge_line(world, subscription, item))
        schedule_renewal(world, subscription)
        pause = subscription["pause_collection"]
        auto_advance = not unpaid and not (pause and pause["behavior"] == "keep_as_draft")
        invoice = draft(world, subscription, "subscription_cycle", lines, auto_advance=auto_advance)
    world.later(now + HOUR, finalize, invoice)
