"""Items of a subscription: each with a price, a quantity and a period of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from tests.support.stripe.arithmetic import cost, period_end, whole_cents
from tests.support.stripe.discounts import current_discounts, reduced
from tests.support.stripe.errors import invalid
from tests.support.stripe.invoices import new_line
from tests.support.stripe.world import Thing, World


def add_item(world: World, subscription: Thing, given: Thing) -> Thing:
    if "price" not in given:
        raise invalid("Missing required param: items[0][price].", param="items[0][price]", code="parameter_missing")
    item = world.new(
        "subscription_item",
        "si",
        clock=subscription["_clock"],
        discounts=[],
        subscription=subscription["id"],
        tax_rates=[],
        _billed=0,
        metadata=dict(given.get("metadata") or {}),
    )
    set_price(world, subscription, item, given["price"], given.get("quantity"))
    begin_period(world, subscription, item, world.now(subscription["_clock"]))
    subscription["items"]["data"].append(item)
    return item


def set_price(world: World, subscription: Thing, item: Thing, name: str, quantity: int | None) -> None:
    price = checked_price(world, subscription, name, quantity)
    item |= {"price": name, "plan": _plan(price)}
    item.pop("quantity", None)
    if price["recurring"]["usage_type"] == "licensed":
        item["quantity"] = 1 if quantity is None else quantity


def checked_price(world: World, subscription: Thing, name: str, quantity: int | None) -> Thing:
    """Raises ``Refused`` where the subscription cannot have an item of it."""
    price = world.get("price", name, "items[0][price]")
    if not price["active"] or not price["recurring"]:
        raise invalid("The price specified is inactive or not recurring.", param="items[0][price]")
    if subscription["currency"] not in price["currency_options"]:
        raise invalid(f"The price has no amount in {subscription['currency']}.", param="items[0][price]")
    if price["recurring"]["usage_type"] == "metered" and quantity is not None:
        raise invalid("Quantity should not be specified for metered prices.", param="items[0][quantity]")
    return price


def begin_period(world: World, subscription: Thing, item: Thing, start: int) -> None:
    """To the trial's end, or to the next boundary of the billing cycle."""
    recurring = recurring_of(world, item)
    end = period_end(subscription["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"], start)
    trial_end = subscription["trial_end"]
    on_trial = trial_end is not None and trial_end > start
    item |= {"current_period_start": start, "current_period_end": trial_end if on_trial else end}


def recurring_of(world: World, item: Thing) -> Thing:
    recurring: Thing = world.objects[item["price"]]["recurring"]
    return recurring


def metered(world: World, item: Thing) -> bool:
    return bool(recurring_of(world, item)["usage_type"] == "metered")


def charge_line(world: World, subscription: Thing, item: Thing) -> Thing:
    """The item's whole period, in advance."""
    trial = subscription["status"] == "trialing"
    amount = 0 if trial else full_price(world, subscription, item)
    words = "Trial period for" if trial else f"{item['quantity']} ×"
    description = f"{words} {_title(world, item)}"
    period = (item["current_period_start"], item["current_period_end"])
    fields = {"amount": amount, "quantity": item["quantity"], "description": description}
    return new_line(world, item, subscription, period, **fields)


def usage_line(world: World, subscription: Thing, item: Thing, end: int) -> Thing:
    """What was used from the period's start to ``end``; counted when the invoice is added up."""
    period = (item["current_period_start"], end)
    fields = {"amount": 0, "quantity": 0, "description": f"Usage of {_title(world, item)}"}
    meter = recurring_of(world, item)["meter"]
    return new_line(world, item, subscription, period, **fields, _metered=meter)


def proration_line(world: World, subscription: Thing, item: Thing, at: int, *, credit: bool) -> Thing:
    """The rest of the item's period from ``at`` on, to the second; discounts are in it already. A credit gives back of
    what was billed, whatever discounts there are by now."""
    start, end = item["current_period_start"], item["current_period_end"]
    if not credit:
        product = world.objects[item["price"]]["product"]
        discounts = current_discounts(world, subscription, at)
        item["_billed"] = reduced(full_price(world, subscription, item), discounts, product)
    amount = whole_cents(Fraction(item["_billed"]) * Fraction(end - at, end - start))
    day = datetime.fromtimestamp(at, UTC)
    words = "Unused time on" if credit else "Remaining time on"
    line = new_line(
        world,
        item,
        subscription,
        (at, end),
        amount=-amount if credit else amount,
        quantity=item["quantity"],
        description=f"{words} {item['quantity']} × {_title(world, item)} after {day:%d %b %Y}",
        discountable=False,
    )
    line["parent"]["subscription_item_details"]["proration"] = True
    return line


def full_price(world: World, subscription: Thing, item: Thing) -> int:
    price = world.objects[item["price"]]
    return cost(price["currency_options"][subscription["currency"]], item["quantity"], price)


def _title(world: World, item: Thing) -> str:
    return str(world.objects[world.objects[item["price"]]["product"]]["name"])


def _plan(price: Thing) -> Thing:
    """The same as older versions of the API called it."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": recurring["meter"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price["tiers_mode"],
        "transform_usage": price["transform_quantity"],
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }
