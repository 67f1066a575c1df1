"""Checkout Sessions that begin a subscription (https://docs.stripe.com/api/checkout/sessions)."""

from __future__ import annotations

from tests.support.stripe.arithmetic import cost
from tests.support.stripe.customers import create_customer
from tests.support.stripe.discounts import redeemable
from tests.support.stripe.errors import declined, invalid
from tests.support.stripe.payments import CARDS, attached
from tests.support.stripe.routes import route
from tests.support.stripe.subscriptions import start
from tests.support.stripe.world import Thing, World, job, listed, page

_DAY = 86_400


@route("POST", "/v1/checkout/sessions")
def create_session(world: World, params: Thing) -> Thing:
    if params.get("mode") != "subscription":
        raise invalid("This stand-in knows the mode `subscription` only.", param="mode")
    if params.get("discounts") and "allow_promotion_codes" in params:
        raise invalid("You may only specify one of these parameters: allow_promotion_codes, discounts.")
    if not params.get("success_url"):
        raise invalid("Missing required param: success_url.", param="success_url", code="parameter_missing")
    customer = world.get("customer", params["customer"], "customer") if "customer" in params else None
    name = world.name("cs_test")
    currency, items = _line_items(world, params, customer)
    subtotal = sum(item["amount_total"] for item in items)
    amount = 0 if _on_trial(params) else subtotal
    expires_at = params.get("expires_at", world.now() + _DAY)
    session = world.new(
        "checkout.session",
        "cs_test",
        id=name,
        allow_promotion_codes=params.get("allow_promotion_codes"),
        amount_subtotal=amount,
        amount_total=amount,
        automatic_tax={
            "enabled": params.get("automatic_tax", {}).get("enabled", False),
            "liability": None,
            "provider": None,
            "status": None,
        },
        billing_address_collection=params.get("billing_address_collection"),
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=currency,
        custom_fields=[],
        custom_text=dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        customer=params.get("customer"),
        customer_creation=None if customer else "always",
        customer_email=params.get("customer_email"),
        expires_at=expires_at,
        line_items=page(items, f"/v1/checkout/sessions/{name}/line_items"),
        locale=params.get("locale"),
        mode="subscription",
        payment_method_collection=params.get("payment_method_collection", "always"),
        payment_method_types=["card"],
        payment_status="unpaid",
        shipping_options=[],
        status="open",
        success_url=params["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        url=f"{world.origin}/c/pay/{name}",
        _params=params,
    )
    world.attach_metadata(session, params.get("metadata"))
    world.later(expires_at, expire_session, session)
    return session


def _line_items(world: World, params: Thing, customer: Thing | None) -> tuple[str, list[Thing]]:
    if not params.get("line_items"):
        raise invalid("Missing required param: line_items.", param="line_items", code="parameter_missing")
    first = world.get("price", params["line_items"][0].get("price", ""), "line_items[0][price]")
    currency = params.get("currency") or (customer and customer["currency"]) or first["currency"]
    return currency, [_line_item(world, given, currency) for given in params["line_items"]]


def _line_item(world: World, given: Thing, currency: str) -> Thing:
    price = world.get("price", given.get("price", ""), "line_items[0][price]")
    if currency not in price["currency_options"]:
        raise invalid(f"The price has no amount in {currency}.", param="line_items[0][price]")
    metered = (price["recurring"] or {}).get("usage_type") == "metered"
    if metered == ("quantity" in given):
        raise invalid("Quantity is required, but not for metered prices.", param="line_items[0][quantity]")
    amount = 0 if metered else cost(price["currency_options"][currency], given["quantity"], price)
    return world.new(
        "item",
        "li",
        amount_discount=0,
        amount_subtotal=amount,
        amount_tax=0,
        amount_total=amount,
        currency=currency,
        description=world.objects[price["product"]]["name"],
        price=price["id"],
        quantity=given.get("quantity"),
    )


def _on_trial(params: Thing) -> bool:
    return bool({"trial_period_days", "trial_end"} & params.get("subscription_data", {}).keys())


@route("GET", "/v1/checkout/sessions/{session}")
def retrieve_session(world: World, params: Thing, name: str) -> Thing:
    return world.get("checkout.session", name)


@route("GET", "/v1/checkout/sessions")
def list_sessions(world: World, params: Thing) -> Thing:
    wanted = [name for name in ("customer", "status", "subscription") if name in params]
    found = (one for one in world.all("checkout.session") if all(one[name] == params[name] for name in wanted))
    return listed(found, params, "/v1/checkout/sessions")


@route("GET", "/v1/checkout/sessions/{session}/line_items")
def list_line_items(world: World, params: Thing, name: str) -> Thing:
    items = world.get("checkout.session", name)["line_items"]["data"]
    return listed(iter(items), params, f"/v1/checkout/sessions/{name}/line_items")


@route("POST", "/v1/checkout/sessions/{session}/expire")
def expire(world: World, params: Thing, name: str) -> Thing:
    session = world.get("checkout.session", name)
    if session["status"] != "open":
        raise invalid(f"Only open sessions can be expired; this one is {session['status']}.")
    _expire(world, session)
    return session


@job(rank=1)
def expire_session(world: World, session: Thing) -> None:
    if session["status"] == "open":
        _expire(world, session)


def _expire(world: World, session: Thing) -> None:
    session |= {"status": "expired", "url": None}
    world.emit("checkout.session.expired", session)


def pay(
    world: World, session: Thing, card: str, *, email: str = "", code: str = "", authenticated: bool = False
) -> str:
    """What the button of the page does: where it leads. Raises ``Refused`` as the card does; the session stays open."""
    if session["status"] != "open":
        raise invalid(f"This session is {session['status']}.")
    params = session["_params"]
    refusal = CARDS[card][2] if card else None
    asks = refusal == "authentication_required"
    # Where nothing is due yet, only the bank that asks can refuse.
    if (asks and not authenticated) or (refusal and not asks and session["amount_total"]):
        raise declined(str(refusal))
    discounts = params.get("discounts", [])
    if code:
        promotion = redeemable(world, code) if session["allow_promotion_codes"] else None
        if promotion is None:
            raise invalid("This code is invalid.")
        discounts = [{"promotion_code": promotion["id"]}]
    customer = _customer(world, session, email)
    wanted = {
        "automatic_tax": params.get("automatic_tax", {"enabled": False}),
        "currency": session["currency"],
        "discounts": discounts,
        "items": [
            {name: given[name] for name in ("price", "quantity") if name in given} for given in params["line_items"]
        ],
    }
    if card:
        wanted["default_payment_method"] = attached(world, card, customer)["id"]
    subscription = start(world, customer, wanted | params.get("subscription_data", {}), authenticated=authenticated)
    _complete(world, session, customer, subscription)
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def needs_card(world: World, session: Thing) -> bool:
    optional = session["payment_method_collection"] == "if_required"
    return not (optional and session["amount_total"] == 0)


def _customer(world: World, session: Thing, email: str) -> Thing:
    if session["customer"]:
        return world.get("customer", session["customer"])
    customer = create_customer(world, {"email": session["customer_email"] or email or "jenny@example.com"})
    session["customer"] = customer["id"]
    return customer


def _complete(world: World, session: Thing, customer: Thing, subscription: Thing) -> None:
    invoice = world.objects[subscription["latest_invoice"]]
    discount = sum(one["amount"] for one in invoice["total_discount_amounts"])
    tax = sum(one["amount"] for one in invoice["total_taxes"])
    session |= {
        "amount_subtotal": invoice["subtotal"],
        "amount_total": invoice["total"],
        "customer_details": {
            "address": customer["address"],
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": customer["name"],
            "phone": customer["phone"],
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "invoice": invoice["id"],
        "payment_status": "paid" if invoice["total"] else "no_payment_required",
        "status": "complete",
        "subscription": subscription["id"],
        "total_details": {"amount_discount": discount, "amount_shipping": 0, "amount_tax": tax},
        "url": None,
    }
    world.emit("checkout.session.completed", session)
