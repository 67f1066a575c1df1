"""The portal as its customer sees it. What is offered is what the configuration enables."""

from __future__ import annotations

from html import escape
from typing import Any

from tests.support.stripe.changes import change
from tests.support.stripe.checkout_page import CHOICES
from tests.support.stripe.collecting import default_method
from tests.support.stripe.errors import invalid
from tests.support.stripe.items import full_price, metered
from tests.support.stripe.pages import Page, button, money, page_at, table, to, written
from tests.support.stripe.payments import use_as_default
from tests.support.stripe.schedules import change_at_period_end
from tests.support.stripe.subscriptions import cancel_subscription
from tests.support.stripe.world import Thing, World

_LENGTHS = {"day": 1, "week": 7, "month": 30, "year": 365}


@page_at("GET", "/p/session/{session}")
def show_portal(world: World, form: Thing, name: str) -> Page:
    session = world.get("billing_portal.session", name)
    features = world.objects[session["configuration"]]["features"]
    customer = world.get("customer", session["customer"])
    body = _cards(world, customer) if features["payment_method_update"]["enabled"] else ""
    for subscription in _subscriptions(world, customer):
        body += _about(world, subscription) + _offers(world, subscription, features)
    if features["invoice_history"]["enabled"]:
        body += _invoices(world, customer)
    if session["return_url"]:
        body += f'<p><a href="{escape(session["return_url"])}">Return</a></p>'
    return written("Manage your subscription", body)


def _subscriptions(world: World, customer: Thing) -> list[Thing]:
    return [world.objects[name] for name in customer["subscriptions"]["data"]]


def _cards(world: World, customer: Thing) -> str:
    used = [default_method(world, subscription) for subscription in _subscriptions(world, customer)]
    method = next(filter(None, used), None)
    now = f"ends in {method['card']['last4']}" if method else "is not set"
    choices = "".join(button(f"Use {words}", action="card", card=card) for card, words in CHOICES.items())
    return f"<h2>Card</h2><p>Your default card {now}.</p>{choices}"


def _about(world: World, subscription: Thing) -> str:
    items = [world.objects[item["price"]] for item in subscription["items"]["data"]]
    titles = ", ".join(world.objects[price["product"]]["name"] for price in items)
    ends = ", ends with its period" if subscription["cancel_at_period_end"] else ""
    later = ", changes with its period's end" if subscription["schedule"] else ""
    return f"<h2>{escape(titles)}</h2><p>It is {subscription['status']}{ends}{later}.</p>"


def _offers(world: World, subscription: Thing, features: Thing) -> str:
    which = {"subscription": subscription["id"]}
    offers = ""
    if features["subscription_update"]["enabled"]:
        for price in _choices(world, subscription, features):
            label = f"Change to {_title(world, subscription, price)}"
            offers += button(label, action="plan", price=price["id"], **which)
    if features["subscription_cancel"]["enabled"]:
        if subscription["cancel_at_period_end"]:
            return offers + button("Resume subscription", action="resume", **which)
        offers += button("Cancel subscription", action="cancel", **which)
    return offers


def _choices(world: World, subscription: Thing, features: Thing) -> list[Thing]:
    present = {item["price"] for item in subscription["items"]["data"]}
    products = features["subscription_update"]["products"] or []
    return [world.objects[price] for product in products for price in product["prices"] if price not in present]


def _title(world: World, subscription: Thing, price: Thing) -> str:
    amount = price["currency_options"][subscription["currency"]]["unit_amount"] or 0
    name = world.objects[price["product"]]["name"]
    return f"{name}, {money(amount, subscription['currency'])} / {price['recurring']['interval']}"


def _invoices(world: World, customer: Thing) -> str:
    rows: list[tuple[Any, ...]] = [
        (
            f'<a href="/invoices/{invoice["id"]}">{invoice["number"] or "Draft"}</a>',
            money(invoice["total"], invoice["currency"]),
            invoice["status"],
        )
        for invoice in world.all("invoice")
        if invoice["customer"] == customer["id"]
    ]
    return f"<h2>Invoices</h2>{table(rows)}"


@page_at("POST", "/p/session/{session}")
def act_in_portal(world: World, form: Thing, name: str) -> Page:
    session = world.get("billing_portal.session", name)
    features = world.objects[session["configuration"]]["features"]
    customer = world.get("customer", session["customer"])
    if form["action"] == "card":
        _use_card(world, customer, form["card"])
    else:
        chosen = next((one for one in _subscriptions(world, customer) if one["id"] == form["subscription"]), None)
        if chosen is None:
            raise invalid("This subscription has ended.")
        _act(world, chosen, form, features)
    return to(f"/p/session/{name}")


def _use_card(world: World, customer: Thing, card: str) -> None:
    with world.changing(customer, "customer.updated"):
        method = use_as_default(world, customer, card)
    for subscription in _subscriptions(world, customer):
        if default_method(world, subscription) is not method:
            change(world, subscription, {"default_payment_method": method["id"]})


def _act(world: World, subscription: Thing, form: Thing, features: Thing) -> None:
    if form["action"] == "plan":
        _change_plan(world, subscription, form["price"], features)
    elif form["action"] == "resume":
        change(world, subscription, {"cancel_at_period_end": False})
    elif features["subscription_cancel"]["mode"] == "immediately":
        cancel_subscription(world, {}, subscription["id"])
    else:
        change(world, subscription, {"cancel_at_period_end": True})


def _change_plan(world: World, subscription: Thing, name: str, features: Thing) -> None:
    """The item that is licensed becomes the other price, now or, if the configuration says so, at the period's end."""
    if name not in [price["id"] for price in _choices(world, subscription, features)]:
        raise invalid("This plan is not offered.")
    settings = features["subscription_update"]
    item = next(item for item in subscription["items"]["data"] if not metered(world, item))
    conditions = {one["type"] for one in settings["schedule_at_period_end"]["conditions"]}
    if conditions & _lesser(world, subscription, item, name):
        kept = [one for one in subscription["items"]["data"] if one is not item]
        others = [{"price": one["price"]} | {k: one[k] for k in ("quantity",) if k in one} for one in kept]
        change_at_period_end(world, subscription, [{"price": name, "quantity": item["quantity"]}, *others])
        return
    wanted = {"id": item["id"], "price": name}
    change(world, subscription, {"items": [wanted], "proration_behavior": settings["proration_behavior"]})


def _lesser(world: World, subscription: Thing, item: Thing, name: str) -> set[str]:
    """In what ways the other price is less."""
    old, new = world.objects[item["price"]], world.objects[name]
    days = [_LENGTHS[one["recurring"]["interval"]] * one["recurring"]["interval_count"] for one in (old, new)]
    cheaper = full_price(world, subscription, item | {"price": name}) < full_price(world, subscription, item)
    shorter = {"shortening_interval"} if days[1] < days[0] else set()
    return shorter | ({"decreasing_item_amount"} if cheaper and days[0] == days[1] else set())
