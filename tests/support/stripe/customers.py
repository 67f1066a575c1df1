"""Customers and their balance (https://docs.stripe.com/api/customers)."""

from __future__ import annotations

from tests.support.stripe.clocks import check_room
from tests.support.stripe.errors import missing
from tests.support.stripe.payments import attached, use_as_default
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed, page

_PLAIN = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping", "tax_exempt")
_UNUSED = {"line1": None, "line2": None, "city": None, "state": None, "postal_code": None, "country": None}


@route("POST", "/v1/customers")
def create_customer(world: World, params: Thing) -> Thing:
    clock = params.get("test_clock")
    if clock:
        world.get("test_helpers.test_clock", clock, "test_clock")
        check_room(world, "customer", clock, test_clock=clock)
    name = world.name("cus")
    made = world.new(
        "customer",
        "cus",
        id=name,
        clock=clock,
        balance=params.get("balance", 0),
        delinquent=False,
        invoice_prefix=name[-8:].upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        next_invoice_sequence=1,
        preferred_locales=[],
        subscriptions=page([], f"/v1/customers/{name}/subscriptions"),
        tax={"automatic_tax": "supported", "ip_address": None, "location": None, "provider": "stripe"},
        tax_exempt="none",
    )
    _take(world, made, params)
    world.emit("customer.created", made)
    if method := params.get("payment_method"):
        attached(world, method, made)
    return made


@route("GET", "/v1/customers/{customer}")
def retrieve_customer(world: World, params: Thing, name: str) -> Thing:
    return world.get("customer", name)


@route("POST", "/v1/customers/{customer}")
def update_customer(world: World, params: Thing, name: str) -> Thing:
    customer = world.get("customer", name)
    if customer.get("deleted"):
        raise missing("customer", name, "id")
    with world.changing(customer, "customer.updated"):
        _take(world, customer, params)
        customer["balance"] = params.get("balance", customer["balance"])
    return customer


@route("GET", "/v1/customers")
def list_customers(world: World, params: Thing) -> Thing:
    wanted = [name for name in ("email", "test_clock") if name in params]
    found = (c for c in world.all("customer") if all(c[name] == params[name] for name in wanted))
    return listed(found, params, "/v1/customers")


@route("POST", "/v1/customers/{customer}/balance_transactions")
def create_balance_transaction(world: World, params: Thing, name: str) -> Thing:
    customer = world.get("customer", name)
    return change_balance(world, customer, params["amount"], params["currency"], "adjustment", params)


@route("GET", "/v1/customers/{customer}/balance_transactions")
def list_balance_transactions(world: World, params: Thing, name: str) -> Thing:
    found = (made for made in world.all("customer_balance_transaction") if made["customer"] == name)
    return listed(found, params, f"/v1/customers/{name}/balance_transactions")


def change_balance(
    world: World, customer: Thing, amount: int, currency: str, kind: str, more: Thing | None = None
) -> Thing:
    """Cents; below zero is the customer's credit."""
    more = more or {}
    with world.changing(customer, "customer.updated"):
        customer["balance"] += amount
        customer["currency"] = customer["currency"] or currency
    made = world.new(
        "customer_balance_transaction",
        "cbtxn",
        clock=customer["test_clock"],
        amount=amount,
        currency=currency,
        customer=customer["id"],
        description=more.get("description"),
        ending_balance=customer["balance"],
        invoice=more.get("invoice"),
        type=kind,
    )
    world.attach_metadata(made, more.get("metadata"))
    return made


def _take(world: World, customer: Thing, params: Thing) -> None:
    for name in _PLAIN:
        if name in params:
            customer[name] = params[name] if params[name] != "" else None
    if customer["address"]:
        customer["address"] = _UNUSED | customer["address"]
    if method := params.get("invoice_settings", {}).get("default_payment_method"):
        use_as_default(world, customer, method)
    world.attach_metadata(customer, params.get("metadata"))
