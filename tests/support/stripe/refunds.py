"""Money given back (https://docs.stripe.com/api/refunds)."""

from __future__ import annotations

from tests.support.stripe.errors import invalid
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, listed


@route("POST", "/v1/refunds")
def create_refund(world: World, params: Thing) -> Thing:
    """All of a payment, or a part."""
    intent = world.get("payment_intent", params.get("payment_intent", ""), "payment_intent")
    before = sum(one["amount"] for one in world.all("refund") if one["payment_intent"] == intent["id"])
    left = intent["amount_received"] - before
    amount = params.get("amount", left)
    if not 0 < amount <= left:
        raise invalid("The payment has already been refunded.", code="charge_already_refunded")
    made = world.new(
        "refund",
        "re",
        clock=intent["_clock"],
        amount=amount,
        currency=intent["currency"],
        payment_intent=intent["id"],
        reason=params.get("reason"),
        status="succeeded",
    )
    world.emit("refund.created", made)
    return made


@route("GET", "/v1/refunds")
def list_refunds(world: World, params: Thing) -> Thing:
    wanted = params.get("payment_intent")
    found = (one for one in world.all("refund") if wanted in (None, one["payment_intent"]))
    return listed(found, params, "/v1/refunds")
