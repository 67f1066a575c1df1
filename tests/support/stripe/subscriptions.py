"""Subscriptions: start, look, cancel, resume (https://docs.stripe.com/api/subscriptions)."""

from __future__ import annotations

from tests.support.stripe.changes import change, take_plain
from tests.support.stripe.clocks import check_room
from tests.support.stripe.collecting import attempt, default_method, end, invoices_of, void
from tests.support.stripe.discounts import redeemed
from tests.support.stripe.errors import declined, invalid
from tests.support.stripe.invoices import HOUR, draft, finalized
from tests.support.stripe.items import add_item, begin_period, charge_line, metered, proration_line, usage_line
from tests.support.stripe.renewals import schedule_renewal, watch_trial
from tests.support.stripe.routes import route
from tests.support.stripe.world import ENDED, Thing, World, job, listed, page

_DAY = 86_400
_HOW = {"proration_behavior", "proration_date", "payment_behavior"}


@route("POST", "/v1/subscriptions")
def create_subscription(world: World, params: Thing) -> Thing:
    customer = world.get("customer", params.get("customer", ""), "customer")
    if params.get("payment_behavior") == "error_if_incomplete":
        rehearsal = world.rehearsal()
        tried = start(rehearsal, rehearsal.objects[customer["id"]], params | {"payment_behavior": "allow_incomplete"})
        if tried["status"] == "incomplete":
            raise declined("generic_decline")
    return start(world, customer, params)


def start(world: World, customer: Thing, params: Thing, *, authenticated: bool = False) -> Thing:
    """Its first invoice is paid at once, or tried to be: see ``payment_behavior``. ``authenticated``: the customer has
    just done so for the card."""
    subscription = _new(world, customer, params)
    now = subscription["created"]
    for given in params["items"]:
        add_item(world, subscription, given)
    if params.get("discounts"):
        subscription["discounts"] = redeemed(world, params["discounts"], subscription)
    customer["currency"] = customer["currency"] or subscription["currency"]
    customer["subscriptions"]["data"].insert(0, subscription["id"])
    items = [item for item in subscription["items"]["data"] if not metered(world, item)]
    lines = [charge_line(world, subscription, item) for item in items]
    invoice = draft(world, subscription, "subscription_create", lines)
    world.emit("customer.subscription.created", subscription)
    finalized(world, invoice)
    waits = params.get("payment_behavior") == "default_incomplete" and invoice["amount_due"]
    if not waits:
        attempt(world, invoice, authenticated=authenticated)
    if subscription["status"] == "incomplete":
        world.later(now + 23 * HOUR, expire, subscription)
    schedule_renewal(world, subscription)
    watch_trial(world, subscription)
    return subscription


def _new(world: World, customer: Thing, params: Thing) -> Thing:
    if not params.get("items"):
        raise invalid("Missing required param: items.", param="items", code="parameter_missing")
    if params.get("collection_method", "charge_automatically") != "charge_automatically":
        raise invalid("This stand-in collects automatically only.", param="collection_method")
    check_room(world, "subscription", customer["test_clock"], customer=customer["id"])
    now = world.now(customer["_clock"])
    trial_end = _trial_end(params, now)
    price = world.get("price", params["items"][0].get("price", ""), "items[0][price]")
    name = world.name("sub")
    tax = params.get("automatic_tax", {}).get("enabled", False)
    subscription = world.new(
        "subscription",
        "sub",
        id=name,
        clock=customer["test_clock"],
        automatic_tax={"disabled_reason": None, "enabled": tax, "liability": {"type": "self"} if tax else None},
        billing_cycle_anchor=params.get("billing_cycle_anchor") or trial_end or now,
        billing_mode={"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": now},
        billing_schedules=[],
        cancel_at_period_end=False,
        cancellation_details={"comment": None, "feedback": None, "feedback_option": None, "reason": None},
        collection_method="charge_automatically",
        currency=params.get("currency") or customer["currency"] or price["currency"],
        customer=customer["id"],
        default_tax_rates=[],
        discounts=[],
        invoice_settings={
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        items=page([], f"/v1/subscription_items?subscription={name}"),
        payment_settings={
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        start_date=now,
        status="trialing" if trial_end else "incomplete",
        trial_end=trial_end,
        trial_start=now if trial_end else None,
        trial_settings={"end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice"}},
        _invoices=[],
        _last_invoiced=now,
        _pending=[],
    )
    take_plain(world, subscription, params)
    method = default_method(world, subscription)
    if method is None and not trial_end and params.get("payment_behavior") != "default_incomplete":
        message = "This customer has no attached payment source or default payment method."
        raise invalid(message, code="resource_missing")
    return subscription


def _trial_end(params: Thing, now: int) -> int | None:
    if days := params.get("trial_period_days"):
        return int(now + days * _DAY)
    trial_end = params.get("trial_end")
    return None if trial_end in (None, "now") else int(trial_end)


@job(rank=1)
def expire(world: World, subscription: Thing) -> None:
    """Nobody paid the first invoice within 23 hours."""
    if subscription["status"] == "incomplete":
        for invoice in invoices_of(world, subscription):
            void(world, invoice)
        end(world, subscription, "payment_failed", "incomplete_expired")


@route("GET", "/v1/subscriptions/{subscription_exposed_id}")
def retrieve_subscription(world: World, params: Thing, name: str) -> Thing:
    return world.get("subscription", name)


@route("GET", "/v1/subscriptions")
def list_subscriptions(world: World, params: Thing) -> Thing:
    """Without ``status`` all that are not canceled."""
    status = params.get("status", "going on")

    def wanted(subscription: Thing) -> bool:
        ended = subscription["status"] in ENDED
        fitting = {"all": True, "ended": ended, "going on": not ended}
        return (
            fitting.get(status, subscription["status"] == status)
            and params.get("customer") in (None, subscription["customer"])
            and params.get("test_clock") in (None, subscription["test_clock"])
            and any(params.get("price") in (None, item["price"]) for item in subscription["items"]["data"])
        )

    return listed(filter(wanted, world.all("subscription")), params, "/v1/subscriptions")


@route("POST", "/v1/subscriptions/{subscription_exposed_id}")
def update_subscription(world: World, params: Thing, name: str) -> Thing:
    return change(world, world.get("subscription", name), params)


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}")
def cancel_subscription(world: World, params: Thing, name: str) -> Thing:
    """At once. ``prorate`` credits the unused time, ``invoice_now`` bills that and the usage so far."""
    subscription = world.get("subscription", name)
    if subscription["status"] in ENDED:
        raise invalid(f"No such subscription: '{name}'", param="id", code="resource_missing", status=404)
    now = world.now(subscription["_clock"])
    items = subscription["items"]["data"]
    if params.get("prorate"):
        unused = [item for item in items if not metered(world, item)]
        subscription["_pending"] += [proration_line(world, subscription, item, now, credit=True) for item in unused]
    if params.get("invoice_now"):
        lines = [usage_line(world, subscription, item, now) for item in items if metered(world, item)]
        if lines or subscription["_pending"]:
            invoice = draft(world, subscription, "manual", lines)
            finalized(world, invoice)
            attempt(world, invoice)
    subscription["cancellation_details"] |= params.get("cancellation_details", {})
    end(world, subscription, "cancellation_requested")
    return subscription


@route("DELETE", "/v1/customers/{customer}")
def delete_customer(world: World, params: Thing, name: str) -> Thing:
    """Its subscriptions end with it."""
    customer = world.get("customer", name)
    for subscription in list(customer["subscriptions"]["data"]):
        end(world, world.objects[subscription], "cancellation_requested")
    world.emit("customer.deleted", customer)
    return world.remove(customer)


@route("DELETE", "/v1/test_helpers/test_clocks/{test_clock}")
def delete_test_clock(world: World, params: Thing, name: str) -> Thing:
    """Its customers go with it."""
    clock = world.get("test_helpers.test_clock", name)
    for customer in [one["id"] for one in world.all("customer") if one["test_clock"] == name]:
        delete_customer(world, {}, customer)
    return world.remove(clock)


@route("POST", "/v1/subscriptions/{subscription}/resume")
def resume_subscription(world: World, params: Thing, name: str) -> Thing:
    """From ``paused``, where a trial that ended without a card leads."""
    subscription = world.get("subscription", name)
    if subscription["status"] != "paused":
        raise invalid("Only paused subscriptions can be resumed.")
    now = world.now(subscription["_clock"])
    with world.changing(subscription, "customer.subscription.updated"):
        subscription |= {"status": "active", "status_details": None}
        if params.get("billing_cycle_anchor", {}).get("type", "now") == "now":
            subscription["billing_cycle_anchor"] = now
        items = subscription["items"]["data"]
        for item in items:
            begin_period(world, subscription, item, now)
        lines = [charge_line(world, subscription, item) for item in items if not metered(world, item)]
        invoice = draft(world, subscription, "subscription_update", lines)
    world.emit("customer.subscription.resumed", subscription)
    finalized(world, invoice)
    attempt(world, invoice)
    schedule_renewal(world, subscription)
    return subscription


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}/discount")
def delete_subscription_discount(world: World, params: Thing, name: str) -> Thing:
    subscription = world.get("subscription", name)
    with world.changing(subscription, "customer.subscription.updated"):
        gone, subscription["discounts"] = subscription["discounts"], []
    return world.objects[gone[0]] | {"deleted": True}


@route("POST", "/v1/subscription_items/{item}")
def update_subscription_item(world: World, params: Thing, name: str) -> Thing:
    item = world.get("subscription_item", name)
    how = {
        key: params.pop(key) for key in ("proration_behavior", "proration_date", "payment_behavior") if key in params
    }
    subscription = world.objects[item["subscription"]]
    change(world, subscription, how | {"items": [params | {"id": name}]})
    return item


@route("GET", "/v1/subscription_items")
def list_subscription_items(world: World, params: Thing) -> Thing:
    subscription = world.get("subscription", params["subscription"], "subscription")
    return listed(iter(subscription["items"]["data"]), params, "/v1/subscription_items")
