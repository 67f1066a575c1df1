"""Schedules: what a subscription becomes later (https://docs.stripe.com/api/subscription_schedules)."""

from __future__ import annotations

from typing import Any

from tests.support.stripe.arithmetic import moved
from tests.support.stripe.changes import change
from tests.support.stripe.collecting import end
from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, job, listed

_OVER = ("canceled", "completed", "released")


@route("POST", "/v1/subscription_schedules")
def create_schedule(world: World, params: Thing) -> Thing:
    if "from_subscription" not in params or "phases" in params:
        raise invalid("This stand-in makes schedules of subscriptions only.", param="from_subscription")
    subscription = world.get("subscription", params["from_subscription"], "from_subscription")
    if subscription["schedule"]:
        message = "You cannot migrate a subscription that is already attached to a schedule."
        raise invalid(message, param="from_subscription")
    schedule = world.new(
        "subscription_schedule",
        "sub_sched",
        clock=subscription["_clock"],
        billing_mode=dict(subscription["billing_mode"]),
        customer=subscription["customer"],
        default_settings={
            "application_fee_percent": None,
            "automatic_tax": {"disabled_reason": None, "enabled": subscription["automatic_tax"]["enabled"]}
            | {"liability": subscription["automatic_tax"]["liability"]},
            "billing_cycle_anchor": "automatic",
            "billing_thresholds": None,
            "collection_method": "charge_automatically",
            "default_payment_method": subscription["default_payment_method"],
            "description": None,
            "invoice_settings": subscription["invoice_settings"] | {"days_until_due": None},
            "on_behalf_of": None,
            "transfer_data": None,
        },
        end_behavior=params.get("end_behavior", "release"),
        pause_schedules=[],
        phases=[_present(subscription)],
        status="active",
        subscription=subscription["id"],
    )
    world.attach_metadata(schedule, params.get("metadata"))
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["schedule"] = schedule["id"]
    _plan_ahead(world, schedule)
    world.emit("subscription_schedule.created", schedule)
    return schedule


@route("GET", "/v1/subscription_schedules/{schedule}")
def retrieve_schedule(world: World, params: Thing, name: str) -> Thing:
    return world.get("subscription_schedule", name)


@route("GET", "/v1/subscription_schedules")
def list_schedules(world: World, params: Thing) -> Thing:
    wanted = params.get("customer")
    found = (one for one in world.all("subscription_schedule") if wanted in (None, one["customer"]))
    return listed(found, params, "/v1/subscription_schedules")


@route("POST", "/v1/subscription_schedules/{schedule}")
def update_schedule(world: World, params: Thing, name: str) -> Thing:
    """``phases`` is the whole list, the present one first."""
    schedule = _open(world, name)
    with world.changing(schedule, "subscription_schedule.updated"):
        schedule["end_behavior"] = params.get("end_behavior", schedule["end_behavior"])
        world.attach_metadata(schedule, params.get("metadata"))
        if "phases" in params:
            schedule["phases"] = _phases(world, schedule, params["phases"])
            _plan_ahead(world, schedule)
    return schedule


@route("POST", "/v1/subscription_schedules/{schedule}/release")
def release_schedule(world: World, params: Thing, name: str) -> Thing:
    schedule = _open(world, name)
    _release(world, schedule)
    return schedule


@route("POST", "/v1/subscription_schedules/{schedule}/cancel")
def cancel_schedule(world: World, params: Thing, name: str) -> Thing:
    schedule = _open(world, name)
    end(world, world.objects[schedule["subscription"]], "cancellation_requested")
    return schedule


def change_at_period_end(world: World, subscription: Thing, items: list[Thing]) -> None:
    """What the portal does with a downgrade. ``items`` as in a phase."""
    if subscription["schedule"]:
        _release(world, world.objects[subscription["schedule"]])
    schedule = create_schedule(world, {"from_subscription": subscription["id"]})
    now = schedule["phases"][0]
    kept = [{"price": item["price"], **_seats(item)} for item in now["items"]]
    discounts = [{"discount": one["discount"]} for one in now["discounts"]]
    present = {"items": kept, "start_date": now["start_date"], "end_date": now["end_date"], "discounts": discounts}
    phases = [present, {"items": items, "discounts": discounts}]
    update_schedule(world, {"phases": phases}, schedule["id"])


@job(rank=2)
def turn(world: World, schedule: Thing) -> None:
    """At the end of a phase, just before the subscription renews."""
    now = world.now(schedule["_clock"])
    if schedule["status"] in _OVER:
        return
    subscription = world.objects[schedule["subscription"]]
    following = next((phase for phase in schedule["phases"] if phase["start_date"] == now), None)
    if following:
        _enter(world, subscription, following, now)
        with world.changing(schedule, "subscription_schedule.updated"):
            schedule["current_phase"] = {"start_date": now, "end_date": following["end_date"]}
    elif schedule["phases"][-1]["end_date"] == now and schedule["end_behavior"] == "cancel":
        end(world, subscription, "cancellation_requested")
    elif schedule["phases"][-1]["end_date"] == now:
        _release(world, schedule)


def _enter(world: World, subscription: Thing, phase: Thing, now: int) -> None:
    old = list(subscription["items"]["data"])
    items: list[Thing] = []
    for wanted in phase["items"]:
        same = next((item for item in old if item["price"] == wanted["price"]), old[0] if old else None)
        if same:
            old.remove(same)
        items.append({"price": wanted["price"], **_seats(wanted), **({"id": same["id"]} if same else {})})
    items += [{"id": item["id"], "deleted": True} for item in old]
    at_boundary = any(item["current_period_end"] == now for item in subscription["items"]["data"])
    behavior = "none" if at_boundary else phase["proration_behavior"]
    discounts = [{name: value for name, value in one.items() if value} for one in phase["discounts"]]
    change(world, subscription, {"items": items, "proration_behavior": behavior, "discounts": discounts})


def _release(world: World, schedule: Thing) -> None:
    subscription = world.objects[schedule["subscription"]]
    schedule |= {
        "current_phase": None,
        "released_at": world.now(schedule["_clock"]),
        "released_subscription": subscription["id"],
        "status": "released",
        "subscription": None,
    }
    world.emit("subscription_schedule.released", schedule)
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["schedule"] = None


def _open(world: World, name: str) -> Thing:
    schedule = world.get("subscription_schedule", name)
    if schedule["status"] in _OVER:
        raise invalid(f"A schedule that is {schedule['status']} cannot be changed.")
    return schedule


def _present(subscription: Thing) -> Thing:
    items = subscription["items"]["data"]
    start = min(item["current_period_start"] for item in items)
    phase = _phase(subscription, [{"price": item["price"], **_seats(item)} for item in items], start)
    discounts = [_discount({"discount": name}) for name in subscription["discounts"]]
    return phase | {"end_date": min(item["current_period_end"] for item in items), "discounts": discounts}


def _phases(world: World, schedule: Thing, given: list[Thing]) -> list[Thing]:
    subscription = world.objects[schedule["subscription"]]
    start = schedule["phases"][0]["start_date"]
    made = []
    for wanted in given:
        start = _moment(world, schedule, wanted.get("start_date", start))
        for item in wanted["items"]:
            world.get("price", item.get("price", ""), "phases[0][items][0][price]")
        phase = _phase(subscription, wanted["items"], start)
        phase["proration_behavior"] = wanted.get("proration_behavior", "create_prorations")
        phase["metadata"] = wanted.get("metadata", {})
        phase["discounts"] = [_discount(one) for one in wanted.get("discounts") or []]
        phase["end_date"] = start = _end_of(world, schedule, wanted, start)
        made.append(phase)
    return made


def _end_of(world: World, schedule: Thing, wanted: Thing, start: int) -> int:
    """Without ``end_date`` and ``duration``: one period of its first item."""
    if "end_date" in wanted:
        return _moment(world, schedule, wanted["end_date"])
    span = wanted.get("duration") or world.objects[wanted["items"][0]["price"]]["recurring"]
    return moved(start, span["interval"], span.get("interval_count", 1))


def _moment(world: World, schedule: Thing, when: Any) -> int:
    return world.now(schedule["_clock"]) if when == "now" else int(when)


def _phase(subscription: Thing, items: list[Thing], start: int) -> Thing:
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": subscription["currency"],
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": start,
        "invoice_settings": None,
        "items": [
            {
                "billing_thresholds": None,
                "discounts": [],
                "metadata": item.get("metadata", {}),
                "plan": item["price"],
                "price": item["price"],
                "tax_rates": [],
                **_seats(item),
            }
            for item in items
        ],
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": "create_prorations",
        "start_date": start,
        "transfer_data": None,
        "trial_end": None,
    }


def _discount(given: Thing) -> Thing:
    """A phase that names none has none, whatever the one before it had."""
    return {"coupon": None, "discount": None, "promotion_code": None, **given}


def _seats(item: Thing) -> Thing:
    return {"quantity": item["quantity"]} if "quantity" in item else {}


def _plan_ahead(world: World, schedule: Thing) -> None:
    now = world.now(schedule["_clock"])
    for phase in schedule["phases"]:
        if phase["start_date"] <= now < phase["end_date"]:
            schedule["current_phase"] = {"start_date": phase["start_date"], "end_date": phase["end_date"]}
        if phase["end_date"] > now:
            world.later(phase["end_date"], turn, schedule)
