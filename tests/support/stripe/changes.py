"""Changing a subscription: plans, seats, trials, cancelling at the period's end, with proration to the second
(https://docs.stripe.com/billing/subscriptions/prorations)."""

from __future__ import annotations

from tests.support.stripe.collecting import attempt
from tests.support.stripe.discounts import redeemed
from tests.support.stripe.errors import declined, invalid
from tests.support.stripe.invoices import draft, finalized
from tests.support.stripe.items import (
    add_item,
    begin_period,
    charge_line,
    checked_price,
    metered,
    proration_line,
    recurring_of,
    set_price,
    usage_line,
)
from tests.support.stripe.payments import attached
from tests.support.stripe.renewals import end_term, schedule_renewal, watch_trial
from tests.support.stripe.world import ENDED, Thing, World

_PLAIN = ("automatic_tax", "description", "pause_collection", "payment_settings", "trial_settings")


def change(world: World, subscription: Thing, params: Thing) -> Thing:
    """The update of the API. An interval that changes, a trial that ends now and ``billing_cycle_anchor=now`` begin the
    cycle anew and are invoiced at once; other prorations wait for the next invoice unless ``always_invoice``."""
    _refuse_impossible(world, subscription, params)
    if params.get("payment_behavior") == "error_if_incomplete":
        _refuse_unpaid(world, subscription, params)
    now = world.now(subscription["_clock"])
    invoice = None
    with world.changing(subscription, "customer.subscription.updated"):
        take_plain(world, subscription, params)
        if "discounts" in params:
            subscription["discounts"] = redeemed(world, params["discounts"] or [], subscription)
        lines = _change_terms(world, subscription, params, now)
        _change_end(world, subscription, params, now)
        always = params.get("proration_behavior") == "always_invoice" and subscription["_pending"]
        if lines is not None or always:
            invoice = draft(world, subscription, "subscription_update", lines or [])
    if invoice:
        finalized(world, invoice)
        attempt(world, invoice)
    schedule_renewal(world, subscription)
    return subscription


def _refuse_impossible(world: World, subscription: Thing, params: Thing) -> None:
    if subscription["status"] in ENDED and params.keys() - {"metadata", "cancellation_details", "expand"}:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise invalid(message, code="resource_missing", status=404)
    if subscription["schedule"] and params.keys() & {"cancel_at", "cancel_at_period_end"}:
        message = "The subscription is managed by a subscription schedule, which its cancelation has to go through."
        raise invalid(message, param="cancel_at_period_end")
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise invalid("This stand-in knows no pending updates.", param="payment_behavior")
    known = {item["id"]: item for item in subscription["items"]["data"]}
    for given in params.get("items", []):
        if "id" in given and given["id"] not in known:
            raise invalid(f"No such subscription item: '{given['id']}'", param="items[0][id]", code="resource_missing")
        price = given.get("price") or known.get(given.get("id"), {}).get("price", "")
        if not given.get("deleted"):
            checked_price(world, subscription, price, given.get("quantity"))


def _refuse_unpaid(world: World, subscription: Thing, params: Thing) -> None:
    rehearsal = world.rehearsal()
    tried = rehearsal.objects[subscription["id"]]
    change(rehearsal, tried, params | {"payment_behavior": "allow_incomplete"})
    if tried["status"] == "past_due" and subscription["status"] != "past_due":
        raise declined("generic_decline")


def take_plain(world: World, subscription: Thing, params: Thing) -> None:
    """What needs no reckoning."""
    for name in _PLAIN:
        if name in params:
            given = params[name] if params[name] != "" else None
            old = subscription[name]
            subscription[name] = old | given if isinstance(old, dict) and isinstance(given, dict) else given
    if params.get("pause_collection"):
        subscription["pause_collection"].setdefault("resumes_at", None)
    if params.get("default_payment_method"):
        customer = world.objects[subscription["customer"]]
        subscription["default_payment_method"] = attached(world, params["default_payment_method"], customer)["id"]
    subscription["cancellation_details"] |= params.get("cancellation_details", {})
    world.attach_metadata(subscription, params.get("metadata"))


def _change_terms(world: World, subscription: Thing, params: Thing, now: int) -> list[Thing] | None:
    """Lines to invoice at once; None when there is nothing to invoice at once. Prorations become pending."""
    prorates = params.get("proration_behavior", "create_prorations") != "none"
    on_trial = subscription["status"] == "trialing"
    trial_end = params.get("trial_end")
    before = {item["id"]: recurring_of(world, item) for item in subscription["items"]["data"]}
    anew = trial_end == "now" or params.get("billing_cycle_anchor", {}).get("type") == "now"
    anew = anew or (not on_trial and _changes_interval(world, params, before))
    at = min(max(params.get("proration_date", now), 0), now)
    if anew and not on_trial:
        _settle(world, subscription, now, prorates=prorates)
    for given in params.get("items", []):
        _change_item(world, subscription, given, at, prorates=prorates and not anew and not on_trial)
    if isinstance(trial_end, int):
        _extend_trial(world, subscription, trial_end, now)
    elif anew:
        return _begin_anew(world, subscription, now)
    return None


def _changes_interval(world: World, params: Thing, before: dict[str, Thing]) -> bool:
    def cycle(recurring: Thing) -> tuple[str, int]:
        return recurring["interval"], recurring["interval_count"]

    changed = [given for given in params.get("items", []) if given.get("id") in before and "price" in given]
    new = [(world.get("price", given["price"], "items[0][price]")["recurring"], given["id"]) for given in changed]
    return any(recurring and cycle(recurring) != cycle(before[item]) for recurring, item in new)


def _settle(world: World, subscription: Thing, now: int, *, prorates: bool) -> None:
    """The cycle ends here: unused time is credited, usage so far is billed."""
    for item in subscription["items"]["data"]:
        if metered(world, item):
            subscription["_pending"].append(usage_line(world, subscription, item, now))
            item["current_period_start"] = now
        elif prorates:
            subscription["_pending"].append(proration_line(world, subscription, item, now, credit=True))


def _change_item(world: World, subscription: Thing, given: Thing, at: int, *, prorates: bool) -> None:
    items, pending = subscription["items"]["data"], subscription["_pending"]
    item = next((item for item in items if item["id"] == given.get("id")), None)
    if item is None:
        item = add_item(world, subscription, given)
        if prorates and not metered(world, item):
            pending.append(proration_line(world, subscription, item, at, credit=False))
        return
    name, quantity = given.get("price", item["price"]), given.get("quantity", item.get("quantity"))
    if not given.get("deleted") and (name, quantity) == (item["price"], item.get("quantity")):
        return
    if metered(world, item) and subscription["status"] != "trialing" and item["current_period_start"] < at:
        # Whatever the behaviour: usage is never free.
        pending.append(usage_line(world, subscription, item, at))
        item["current_period_start"] = at
    elif prorates and not metered(world, item):
        pending.append(proration_line(world, subscription, item, at, credit=True))
    if given.get("deleted"):
        items.remove(item)
        return
    set_price(world, subscription, item, name, quantity)
    if prorates and not metered(world, item):
        pending.append(proration_line(world, subscription, item, at, credit=False))


def _extend_trial(world: World, subscription: Thing, trial_end: int, now: int) -> None:
    subscription |= {"trial_end": trial_end, "billing_cycle_anchor": trial_end, "status": "trialing"}
    subscription["trial_start"] = subscription["trial_start"] or now
    for item in subscription["items"]["data"]:
        item["current_period_end"] = trial_end
    watch_trial(world, subscription)


def _begin_anew(world: World, subscription: Thing, now: int) -> list[Thing]:
    if subscription["status"] == "trialing":
        subscription |= {"status": "active", "trial_end": now}
    subscription["billing_cycle_anchor"] = now
    items = subscription["items"]["data"]
    for item in items:
        begin_period(world, subscription, item, now)
    return [charge_line(world, subscription, item) for item in items if not metered(world, item)]


def _change_end(world: World, subscription: Thing, params: Thing, now: int) -> None:
    if "cancel_at_period_end" not in params and "cancel_at" not in params:
        return
    at_end = params.get("cancel_at_period_end", False)
    when = params.get("cancel_at") or None
    ends = [item["current_period_end"] for item in subscription["items"]["data"]]
    if at_end or isinstance(when, str):
        when = max(ends) if when == "max_period_end" else min(ends)
    subscription |= {
        "cancel_at_period_end": at_end,
        "cancel_at": when,
        "canceled_at": now if when else None,
        "cancellation_details": subscription["cancellation_details"]
        | {"reason": "cancellation_requested" if when else None},
    }
    if when:
        world.later(when, end_term, subscription)
