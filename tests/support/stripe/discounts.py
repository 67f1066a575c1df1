"""Coupons, promotion codes and what they take off an invoice (https://docs.stripe.com/api/coupons)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from tests.support.stripe.arithmetic import moved, whole_cents
from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed


@route("POST", "/v1/coupons")
def create_coupon(world: World, params: Thing) -> Thing:
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid("You must pass either percent_off or amount_off.", param="percent_off")
    if params.get("id") in world.objects:
        raise invalid("Coupon already exists.", param="id", code="resource_already_exists")
    made = world.new(
        "coupon",
        "coupon",
        id=params.get("id"),
        amount_off=params.get("amount_off"),
        currency=params.get("currency"),
        duration=params.get("duration", "once"),
        duration_in_months=params.get("duration_in_months"),
        max_redemptions=params.get("max_redemptions"),
        name=params.get("name"),
        percent_off=params.get("percent_off"),
        redeem_by=params.get("redeem_by"),
        times_redeemed=0,
        valid=True,
        applies_to={"products": params.get("applies_to", {}).get("products", [])},
    )
    world.attach_metadata(made, params.get("metadata"))
    world.emit("coupon.created", made)
    return made


@route("GET", "/v1/coupons/{coupon}")
def retrieve_coupon(world: World, params: Thing, name: str) -> Thing:
    return world.get("coupon", name)


@route("DELETE", "/v1/coupons/{coupon}")
def delete_coupon(world: World, params: Thing, name: str) -> Thing:
    world.emit("coupon.deleted", world.get("coupon", name))
    return world.remove(world.get("coupon", name))


@route("GET", "/v1/coupons")
def list_coupons(world: World, params: Thing) -> Thing:
    return listed(world.all("coupon"), params, "/v1/coupons")


@route("POST", "/v1/promotion_codes")
def create_promotion_code(world: World, params: Thing) -> Thing:
    coupon = world.get("coupon", params["promotion"]["coupon"], "promotion[coupon]")
    code = params.get("code") or world.name("code")[-8:].upper()
    if any(other["active"] and other["code"].lower() == code.lower() for other in world.all("promotion_code")):
        raise invalid(f"An active promotion code with `code: {code}` already exists.", param="code")
    restrictions = params.get("restrictions", {})
    made = world.new(
        "promotion_code",
        "promo",
        active=params.get("active", True),
        code=code,
        customer=params.get("customer"),
        expires_at=params.get("expires_at"),
        max_redemptions=params.get("max_redemptions"),
        promotion={"type": "coupon", "coupon": coupon["id"]},
        restrictions={
            "first_time_transaction": restrictions.get("first_time_transaction", False),
            "minimum_amount": restrictions.get("minimum_amount"),
            "minimum_amount_currency": restrictions.get("minimum_amount_currency"),
        },
        times_redeemed=0,
    )
    world.attach_metadata(made, params.get("metadata"))
    world.emit("promotion_code.created", made)
    return made


@route("GET", "/v1/promotion_codes/{promotion_code}")
def retrieve_promotion_code(world: World, params: Thing, name: str) -> Thing:
    return world.get("promotion_code", name)


@route("POST", "/v1/promotion_codes/{promotion_code}")
def update_promotion_code(world: World, params: Thing, name: str) -> Thing:
    promotion = world.get("promotion_code", name)
    with world.changing(promotion, "promotion_code.updated"):
        promotion["active"] = params.get("active", promotion["active"])
        world.attach_metadata(promotion, params.get("metadata"))
    return promotion


@route("GET", "/v1/promotion_codes")
def list_promotion_codes(world: World, params: Thing) -> Thing:
    wanted = [name for name in ("active", "code", "customer") if name in params]
    found = (made for made in world.all("promotion_code") if all(made[name] == params[name] for name in wanted))
    return listed(found, params, "/v1/promotion_codes")


def redeemable(world: World, code: str) -> Thing | None:
    """The active promotion code that a customer typed."""
    fitting = (made for made in world.all("promotion_code") if made["active"] and made["code"].lower() == code.lower())
    return next((made for made in fitting if _room(world, made)), None)


def _room(world: World, made: Thing) -> bool:
    end = made.get("expires_at") or made.get("redeem_by")
    most = made["max_redemptions"]
    return (end is None or end > world.now()) and (most is None or made["times_redeemed"] < most)


def redeemed(world: World, given: list[Thing], subscription: Thing) -> list[str]:
    """New discounts of the subscription: ``given`` names coupons, promotion codes or discounts that it has."""
    return [one.get("discount") or _discount(world, one, subscription)["id"] for one in given]


def _discount(world: World, given: Thing, subscription: Thing) -> Thing:
    promotion = None
    if "promotion_code" in given:
        promotion = world.get("promotion_code", given["promotion_code"], "discounts[0][promotion_code]")
        if not promotion["active"] or not _room(world, promotion):
            raise invalid("This promotion code cannot be redeemed.", param="promotion_code", code="coupon_expired")
        promotion["times_redeemed"] += 1
    name = promotion["promotion"]["coupon"] if promotion else given["coupon"]
    coupon = world.get("coupon", name, "discounts[0][coupon]")
    if not _room(world, coupon):
        raise invalid(f"Coupon expired: {name}", param="coupon", code="coupon_expired")
    coupon["times_redeemed"] += 1
    start = world.now(subscription["_clock"])
    months = coupon["duration_in_months"]
    made = world.new(
        "discount",
        "di",
        clock=subscription["_clock"],
        customer=subscription["customer"],
        end=moved(start, "month", months) if months else None,
        promotion_code=promotion and promotion["id"],
        source={"type": "coupon", "coupon": name},
        start=start,
        subscription=subscription["id"],
    )
    world.emit("customer.discount.created", made)
    return made


def current_discounts(world: World, subscription: Thing, now: int) -> list[tuple[Thing, Thing]]:
    """Those that still run, each with its coupon."""
    discounts = [world.objects[name] for name in subscription["discounts"]]
    running = [one for one in discounts if one["end"] is None or one["end"] > now]
    return [(one, world.objects[one["source"]["coupon"]]) for one in running]


def used(world: World, subscription: Thing, invoice: Thing) -> None:
    """A coupon for once is gone after the first invoice that it took something off."""
    taken = {one["discount"] for one in invoice["total_discount_amounts"] if one["amount"]}
    for discount, coupon in current_discounts(world, subscription, invoice["created"]):
        if coupon["duration"] == "once" and discount["id"] in taken:
            with world.changing(subscription, "customer.subscription.updated"):
                subscription["discounts"] = [name for name in subscription["discounts"] if name != discount["id"]]
            world.emit("customer.discount.deleted", discount)


def taken_off(discounts: list[tuple[Thing, Thing]], lines: list[Thing]) -> None:
    """Writes each line's ``discount_amounts``; one discount after the other, each of what the former left."""
    left = {line["id"]: line["amount"] for line in lines}
    for line in lines:
        line["discount_amounts"] = []
    for discount, coupon in discounts:
        fitting = [
            line for line in lines if line["discountable"] and _applies(coupon, _product(line)) and left[line["id"]] > 0
        ]
        for line, amount in zip(fitting, _shares(coupon, [left[line["id"]] for line in fitting]), strict=True):
            left[line["id"]] -= amount
            line["discount_amounts"].append({"amount": amount, "discount": discount["id"]})


def reduced(amount: int, discounts: list[tuple[Thing, Thing]], product: str) -> Fraction:
    """What percentages leave of ``amount``: for prorations, whose lines are not discounted again."""
    left = Fraction(amount)
    for coupon in [coupon for _, coupon in discounts if _applies(coupon, product)]:
        left -= left * Fraction(Decimal(str(coupon["percent_off"] or 0))) / 100
    return left


def _shares(coupon: Thing, amounts: list[int]) -> list[int]:
    if coupon["percent_off"]:
        percent = Fraction(Decimal(str(coupon["percent_off"])))
        return [whole_cents(amount * percent / 100) for amount in amounts]
    off, whole = min(coupon["amount_off"], sum(amounts)), sum(amounts)
    shares, given = [], 0
    for number in range(len(amounts)):
        upto = whole_cents(Fraction(off * sum(amounts[: number + 1]), whole)) if whole else 0
        shares.append(upto - given)
        given = upto
    return shares


def _applies(coupon: Thing, product: str) -> bool:
    products: list[str] = coupon["applies_to"]["products"]
    return not products or product in products


def _product(line: Thing) -> str:
    return str(line["pricing"]["price_details"]["product"])
