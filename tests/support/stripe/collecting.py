"""Collecting what invoices ask for: payment, retries on days of their own, and what becomes of the subscription
(https://docs.stripe.com/billing/revenue-recovery/smart-retries)."""

from __future__ import annotations

from tests.support.stripe.discounts import used
from tests.support.stripe.errors import declined, invalid
from tests.support.stripe.invoices import finalized
from tests.support.stripe.payments import attached, charge, new_intent
from tests.support.stripe.routes import route
from tests.support.stripe.world import Thing, World, job, listed

_DAY = 86_400


@job(rank=3)
def finalize(world: World, invoice: Thing) -> None:
    """An hour after a renewal: until then usage may still come in."""
    if invoice["status"] != "draft" or not invoice["auto_advance"]:
        return
    finalized(world, invoice)
    pause = subscription_of(world, invoice)["pause_collection"]
    if pause:
        _set_aside(world, invoice, "void" if pause["behavior"] == "void" else "uncollectible")
    else:
        attempt(world, invoice)


@job(rank=4)
def retry(world: World, invoice: Thing) -> None:
    if invoice["status"] == "open" and invoice["next_payment_attempt"] == world.now(invoice["_clock"]):
        attempt(world, invoice)


def attempt(world: World, invoice: Thing, method: Thing | None = None, *, authenticated: bool = False) -> str | None:
    """Charges what is due to ``method`` or the default one. Why it was refused; None when it was not."""
    if invoice["amount_remaining"] == 0:
        _paid(world, invoice)
        return None
    subscription = subscription_of(world, invoice)
    intent = _intent(world, invoice)
    refusal = charge(world, intent, method or default_method(world, subscription), authenticated=authenticated)
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if refusal is None:
        _paid(world, invoice)
    else:
        _failed(world, invoice, subscription, refusal)
    return refusal


def subscription_of(world: World, invoice: Thing) -> Thing:
    return world.objects[invoice["parent"]["subscription_details"]["subscription"]]


def default_method(world: World, subscription: Thing) -> Thing | None:
    customer = world.objects[subscription["customer"]]
    name = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return world.objects[name] if name else None


def _intent(world: World, invoice: Thing) -> Thing:
    """One for the whole life of the invoice."""
    payments = invoice["payments"]["data"]
    if payments:
        return world.objects[payments[0]["payment"]["payment_intent"]]
    customer = world.objects[invoice["customer"]]
    intent = new_intent(world, customer, invoice["amount_remaining"], invoice["currency"])
    payment = world.new(
        "invoice_payment",
        "inpay",
        clock=invoice["_clock"],
        amount_requested=intent["amount"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    payments.append(payment)
    return intent


def _paid(world: World, invoice: Thing) -> None:
    now = world.now(invoice["_clock"])
    for payment in invoice["payments"]["data"]:
        payment |= {"amount_paid": invoice["amount_remaining"], "status": "paid"}
        payment["status_transitions"]["paid_at"] = now
        world.emit("invoice_payment.paid", payment)
    invoice |= {
        "amount_paid": invoice["amount_remaining"],
        "amount_remaining": 0,
        "attempted": True,
        "next_payment_attempt": None,
        "status": "paid",
    }
    invoice["status_transitions"]["paid_at"] = now
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)
    subscription = subscription_of(world, invoice)
    used(world, subscription, invoice)
    latest = subscription["latest_invoice"] == invoice["id"]
    if subscription["status"] == "past_due" or (subscription["status"] in ("incomplete", "unpaid") and latest):
        _recover(world, subscription)


def _recover(world: World, subscription: Thing) -> None:
    """A past due subscription is active again when nothing that was tried remains unpaid."""
    owed = [one for one in invoices_of(world, subscription) if one["status"] == "open" and one["attempted"]]
    if subscription["status"] == "past_due" and owed:
        return
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["status"] = "active"
    _say_delinquent(world, subscription, owes=False)


def _failed(world: World, invoice: Thing, subscription: Thing, refusal: str) -> None:
    now = world.now(invoice["_clock"])
    days = world.settings["retry_days"]
    first = invoice.setdefault("_first_attempt", now)
    later = [first + day * _DAY for day in days if first + day * _DAY > now]
    dunned = invoice["billing_reason"] != "subscription_create"
    invoice["next_payment_attempt"] = later[0] if later and dunned else None
    world.emit("invoice.payment_failed", invoice)
    if refusal == "authentication_required":
        world.emit("invoice.payment_action_required", invoice)
    world.emit("invoice.updated", invoice, {"attempt_count": invoice["attempt_count"] - 1})
    if not dunned or subscription["status"] not in ("active", "past_due", "trialing"):
        return
    _say_delinquent(world, subscription, owes=True)
    if later:
        world.later(later[0], retry, invoice)
        _become(world, subscription, "past_due")
    else:
        _given_up(world, subscription)


def _given_up(world: World, subscription: Thing) -> None:
    """After the last retry, as the account's settings have it."""
    outcome = world.settings["after_retries"]
    if outcome == "cancel":
        end(world, subscription, "payment_failed")
    else:
        _become(world, subscription, outcome)


def _become(world: World, subscription: Thing, status: str) -> None:
    with world.changing(subscription, "customer.subscription.updated"):
        subscription["status"] = status


def _say_delinquent(world: World, subscription: Thing, *, owes: bool) -> None:
    customer = world.objects[subscription["customer"]]
    with world.changing(customer, "customer.updated"):
        customer["delinquent"] = owes


def end(world: World, subscription: Thing, reason: str, status: str = "canceled") -> None:
    """Ends it now. Its open invoices stay, but nobody tries to collect them any more."""
    now = world.now(subscription["_clock"])
    for invoice in invoices_of(world, subscription):
        if invoice["status"] in ("draft", "open"):
            invoice |= {"auto_advance": False, "next_payment_attempt": None}
    details = subscription["cancellation_details"]
    subscription |= {
        "status": status,
        "canceled_at": subscription["canceled_at"] or now,
        "ended_at": now,
        "cancellation_details": details | {"reason": details["reason"] or reason},
    }
    customer = world.objects[subscription["customer"]]
    if subscription["id"] in customer["subscriptions"]["data"]:
        customer["subscriptions"]["data"].remove(subscription["id"])
    if schedule := world.objects.get(subscription["schedule"] or ""):
        schedule |= {"status": "canceled", "canceled_at": now, "current_phase": None}
        world.emit("subscription_schedule.canceled", schedule)
    if status == "canceled":
        world.emit("customer.subscription.deleted", subscription)
    else:
        world.emit("customer.subscription.updated", subscription, {"status": "incomplete"})


def invoices_of(world: World, subscription: Thing) -> list[Thing]:
    return [world.objects[name] for name in subscription["_invoices"]]


def _set_aside(world: World, invoice: Thing, status: str) -> None:
    """``void`` or ``uncollectible``."""
    now = world.now(invoice["_clock"])
    invoice |= {"status": status, "auto_advance": False, "next_payment_attempt": None}
    moment = "voided_at" if status == "void" else "marked_uncollectible_at"
    invoice["status_transitions"][moment] = now
    world.emit("invoice.voided" if status == "void" else "invoice.marked_uncollectible", invoice)


def void(world: World, invoice: Thing) -> None:
    _set_aside(world, invoice, "void")


@route("GET", "/v1/invoices/{invoice}")
def retrieve_invoice(world: World, params: Thing, name: str) -> Thing:
    return world.get("invoice", name)


@route("GET", "/v1/invoices")
def list_invoices(world: World, params: Thing) -> Thing:
    def wanted(invoice: Thing) -> bool:
        return (
            params.get("customer") in (None, invoice["customer"])
            and params.get("status") in (None, invoice["status"])
            and params.get("subscription") in (None, subscription_of(world, invoice)["id"])
        )

    return listed(filter(wanted, world.all("invoice")), params, "/v1/invoices")


@route("GET", "/v1/invoices/{invoice}/lines")
def list_lines(world: World, params: Thing, name: str) -> Thing:
    lines = world.get("invoice", name)["lines"]["data"]
    return listed(iter(lines), params, f"/v1/invoices/{name}/lines")


@route("GET", "/v1/invoice_payments")
def list_invoice_payments(world: World, params: Thing) -> Thing:
    found = (one for one in world.all("invoice_payment") if params.get("invoice") in (None, one["invoice"]))
    return listed(found, params, "/v1/invoice_payments")


@route("POST", "/v1/invoices/{invoice}/finalize")
def finalize_invoice(world: World, params: Thing, name: str) -> Thing:
    invoice = world.get("invoice", name)
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized.", code="invoice_not_editable")
    finalized(world, invoice)
    return invoice


@route("POST", "/v1/invoices/{invoice}/pay")
def pay_invoice(world: World, params: Thing, name: str) -> Thing:
    """402 with the card's refusal; the attempt counts all the same."""
    invoice = world.get("invoice", name)
    if invoice["status"] == "draft":
        finalized(world, invoice)
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"Invoice is already {invoice['status']}", code="invoice_already_paid")
    if params.get("paid_out_of_band"):
        _paid(world, invoice)
        return invoice
    customer = world.objects[invoice["customer"]]
    method = attached(world, params["payment_method"], customer) if "payment_method" in params else None
    if method is None and default_method(world, subscription_of(world, invoice)) is None:
        raise invalid("There is no default_payment_method set on this Customer or Invoice.", code="missing")
    if refusal := attempt(world, invoice, method):
        raise declined(refusal)
    return invoice


@route("POST", "/v1/invoices/{invoice}/void")
def void_invoice(world: World, params: Thing, name: str) -> Thing:
    return _closed(world, name, "void")


@route("POST", "/v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(world: World, params: Thing, name: str) -> Thing:
    return _closed(world, name, "uncollectible")


def _closed(world: World, name: str, status: str) -> Thing:
    invoice = world.get("invoice", name)
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid("Only open invoices can be closed so.", code="invoice_not_editable")
    _set_aside(world, invoice, status)
    return invoice
