"""Products and prices (https://docs.stripe.com/api/products, /prices)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed


@route("POST", "/v1/products")
def create_product(world: World, params: Thing) -> Thing:
    if params.get("id") in world.objects:
        raise invalid("Product already exists.", param="id", code="resource_already_exists")
    made = world.new(
        "product",
        "prod",
        **({"id": params["id"]} if "id" in params else {}),
        active=params.get("active", True),
        description=params.get("description"),
        images=[],
        marketing_features=params.get("marketing_features", []),
        name=params["name"],
        tax_code=params.get("tax_code"),
        type="service",
        unit_label=params.get("unit_label"),
        updated=world.now(),
        url=params.get("url"),
    )
    world.attach_metadata(made, params.get("metadata"))
    world.emit("product.created", made)
    return made


@route("GET", "/v1/products/{id}")
def retrieve_product(world: World, params: Thing, name: str) -> Thing:
    return world.get("product", name)


@route("POST", "/v1/products/{id}")
def update_product(world: World, params: Thing, name: str) -> Thing:
    product = world.get("product", name)
    with world.changing(product, "product.updated"):
        for field in ("active", "default_price", "description", "marketing_features", "name", "tax_code", "unit_label"):
            if field in params:
                product[field] = params[field] if params[field] != "" else None
        world.attach_metadata(product, params.get("metadata"))
        product["updated"] = world.now()
    return product


@route("GET", "/v1/products")
def list_products(world: World, params: Thing) -> Thing:
    found = (p for p in world.all("product") if params.get("active") in (None, p["active"]))
    return listed((p for p in found if p["id"] in params.get("ids", [p["id"]])), params, "/v1/products")


@route("POST", "/v1/prices")
def create_price(world: World, params: Thing) -> Thing:
    recurring = params.get("recurring")
    usage_type = (recurring or {}).get("usage_type", "licensed")
    if (recurring or {}).get("meter"):
        world.get("billing.meter", recurring["meter"], "recurring[meter]")
    elif usage_type == "metered":
        raise invalid("Metered prices must be backed by a meter.", param="recurring[meter]")
    if ("tiers" in params) != (params.get("billing_scheme") == "tiered"):
        raise invalid("`tiers` and `billing_scheme=tiered` go together.", param="billing_scheme")
    world.get("product", _product(world, params), "product")
    made = world.new(
        "price",
        "price",
        active=params.get("active", True),
        billing_scheme=params.get("billing_scheme", "per_unit"),
        currency=params["currency"],
        nickname=params.get("nickname"),
        product=_product(world, params),
        recurring=recurring
        and {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": recurring.get("meter"),
            "trial_period_days": None,
            "usage_type": usage_type,
        },
        tax_behavior=params.get("tax_behavior", "unspecified"),
        tiers_mode=params.get("tiers_mode"),
        transform_quantity=params.get("transform_quantity"),
        type="recurring" if recurring else "one_time",
        **_amounts(params),
    )
    if "tiers" in params:
        made["tiers"] = [_tier(tier) for tier in params["tiers"]]
    made["currency_options"] = {made["currency"]: _option(params)} | {
        currency: _option(option) for currency, option in params.get("currency_options", {}).items()
    }
    _take_lookup_key(world, made, params)
    world.attach_metadata(made, params.get("metadata"))
    world.emit("price.created", made)
    return made


@route("GET", "/v1/prices/{price}")
def retrieve_price(world: World, params: Thing, name: str) -> Thing:
    return world.get("price", name)


@route("POST", "/v1/prices/{price}")
def update_price(world: World, params: Thing, name: str) -> Thing:
    price = world.get("price", name)
    with world.changing(price, "price.updated"):
        for field in ("active", "nickname", "tax_behavior"):
            if field in params:
                price[field] = params[field]
        _take_lookup_key(world, price, params)
        world.attach_metadata(price, params.get("metadata"))
        for currency, option in (params.get("currency_options") or {}).items():
            price["currency_options"][currency] = _option(option)
    return price


@route("GET", "/v1/prices")
def list_prices(world: World, params: Thing) -> Thing:
    def wanted(price: Thing) -> bool:
        recurring = price["recurring"] or {}
        return (
            all(params.get(name) in (None, price[name]) for name in ("active", "currency", "product", "type"))
            and price["lookup_key"] in params.get("lookup_keys", [price["lookup_key"]])
            and all(recurring.get(name) == value for name, value in params.get("recurring", {}).items())
        )

    return listed(filter(wanted, world.all("price")), params, "/v1/prices")


def _product(world: World, params: Thing) -> str:
    if "product" not in params and "product_data" in params:
        params["product"] = create_product(world, params["product_data"])["id"]
    return str(params.get("product", ""))


def _amounts(given: Thing) -> Thing:
    """``unit_amount`` is null where the amount has fractions of a cent."""
    decimal = given.get("unit_amount_decimal", given.get("unit_amount"))
    if decimal is None:
        return {"unit_amount": None, "unit_amount_decimal": None}
    whole = int(Decimal(decimal)) if Decimal(decimal) == int(Decimal(decimal)) else None
    return {"unit_amount": whole, "unit_amount_decimal": str(decimal)}


def _tier(given: Thing) -> Thing:
    flat = given.get("flat_amount_decimal", given.get("flat_amount"))
    return {
        "flat_amount": None if flat is None else int(Decimal(flat)),
        "flat_amount_decimal": None if flat is None else str(flat),
        "up_to": None if given["up_to"] == "inf" else given["up_to"],
        **_amounts(given),
    }


def _option(given: Thing) -> Thing:
    made: dict[str, Any] = {
        "custom_unit_amount": None,
        "tax_behavior": given.get("tax_behavior", "unspecified"),
        **_amounts(given),
    }
    if "tiers" in given:
        made["tiers"] = [_tier(tier) for tier in given["tiers"]]
    return made


def _take_lookup_key(world: World, price: Thing, params: Thing) -> None:
    key = params.get("lookup_key")
    if not key:
        return
    for other in world.all("price"):
        if other["lookup_key"] == key and other is not price:
            if not params.get("transfer_lookup_key"):
                message = f"A price (`{other['id']}`) already uses that lookup key."
                raise invalid(message, param="lookup_key")
            with world.changing(other, "price.updated"):
                other["lookup_key"] = None
    price["lookup_key"] = key
