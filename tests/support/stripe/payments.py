"""Payment methods, and payments as far as invoices need them (https://docs.stripe.com/api/payment_methods).

Cards are Stripe's own for testing (https://docs.stripe.com/testing): named ``pm_card_…`` they are copied when used.
"""

from __future__ import annotations

from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed

CARDS = {
    "pm_card_visa": ("visa", "4242", None),
    "pm_card_mastercard": ("mastercard", "4444", None),
    "pm_card_chargeCustomerFail": ("visa", "0341", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("visa", "9995", "insufficient_funds"),
    "pm_card_authenticationRequired": ("visa", "3184", "authentication_required"),
}
"""By name: brand, last four digits, and why every charge is refused."""

_ALWAYS_SAID = {"customer", "customer_account", "_clock"}
"""Of the other fields, one for each way to pay, only the card's is there."""

_NOWHERE = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}


def attached(world: World, name: str, customer: Thing) -> Thing:
    """The payment method of that name as one of ``customer``'s."""
    method = (
        _card(world, name, customer["test_clock"])
        if name in CARDS
        else world.get("payment_method", name, "payment_method")
    )
    if method["customer"] not in (None, customer["id"]):
        raise invalid("The payment method belongs to another customer.", param="payment_method")
    if method["customer"] is None:
        method["customer"] = customer["id"]
        world.emit("payment_method.attached", method)
    return method


def _card(world: World, name: str, clock: str | None) -> Thing:
    brand, last4, _ = CARDS[name]
    made = world.new(
        "payment_method",
        "pm",
        clock=clock,
        type="card",
        allow_redisplay="unspecified",
        billing_details={"address": _NOWHERE, "email": None, "name": None, "phone": None, "tax_id": None},
        card={
            "brand": brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": brand,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": last4 * 4,
            "funding": "credit",
            "generated_from": None,
            "last4": last4,
            "networks": {"available": [brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        _card=name,
    )
    return world.keep({field: value for field, value in made.items() if value is not None or field in _ALWAYS_SAID})


def use_as_default(world: World, customer: Thing, name: str) -> Thing:
    method = attached(world, name, customer)
    customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method["id"]}
    return method


@route("GET", "/v1/payment_methods/{payment_method}")
def retrieve_payment_method(world: World, params: Thing, name: str) -> Thing:
    return world.get("payment_method", name)


@route("GET", "/v1/customers/{customer}/payment_methods")
def list_customers_payment_methods(world: World, params: Thing, name: str) -> Thing:
    world.get("customer", name)
    return list_payment_methods(world, params | {"customer": name})


@route("GET", "/v1/payment_methods")
def list_payment_methods(world: World, params: Thing) -> Thing:
    found = (method for method in world.all("payment_method") if method["customer"] == params.get("customer"))
    return listed(found, params, "/v1/payment_methods")


@route("POST", "/v1/payment_methods/{payment_method}/attach")
def attach_payment_method(world: World, params: Thing, name: str) -> Thing:
    return attached(world, name, world.get("customer", params["customer"], "customer"))


@route("POST", "/v1/payment_methods/{payment_method}/detach")
def detach_payment_method(world: World, params: Thing, name: str) -> Thing:
    method = world.get("payment_method", name)
    customer = world.get("customer", method["customer"])
    if customer["invoice_settings"]["default_payment_method"] == name:
        customer["invoice_settings"]["default_payment_method"] = None
    method["customer"] = None
    world.emit("payment_method.detached", method)
    return method


@route("GET", "/v1/payment_intents/{intent}")
def retrieve_payment_intent(world: World, params: Thing, name: str) -> Thing:
    return world.get("payment_intent", name)


def new_intent(world: World, customer: Thing, amount: int, currency: str) -> Thing:
    name = world.name("pi")
    made = world.new(
        "payment_intent",
        "pi",
        id=name,
        clock=customer["test_clock"],
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        capture_method="automatic",
        client_secret=f"{name}_secret_stand_in",
        confirmation_method="automatic",
        currency=currency,
        customer=customer["id"],
        payment_method_types=["card"],
        setup_future_usage="off_session",
        status="requires_payment_method",
    )
    world.emit("payment_intent.created", made)
    return made


def charge(world: World, intent: Thing, method: Thing | None, *, authenticated: bool = False) -> str | None:
    """Why the charge was refused; None when it was not. ``authenticated``: the customer did so on a page."""
    reason = CARDS[method["_card"]][2] if method else "no_payment_method"
    if reason == "authentication_required" and authenticated:
        reason = None
    intent["payment_method"] = method["id"] if method and not reason else None
    if reason is None:
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        world.emit("payment_intent.succeeded", intent)
        return None
    needs_action = reason == "authentication_required"
    intent["status"] = "requires_action" if needs_action else "requires_payment_method"
    intent["last_payment_error"] = method and {
        "type": "card_error",
        "code": reason if needs_action else "card_declined",
        "decline_code": reason,
        "message": "Your card was declined.",
    }
    world.emit("payment_intent.requires_action" if needs_action else "payment_intent.payment_failed", intent)
    return reason
