"""Invoices that are not there yet (https://docs.stripe.com/api/invoices/create_preview): made in a rehearsal."""

from __future__ import annotations

from tests.support.stripe.changes import change
from tests.support.stripe.errors import invalid
from tests.support.stripe.renewals import renew
from tests.support.stripe.routes import route
from tests.support.stripe.subscriptions import start
from tests.support.stripe.world import Thing, World


@route("POST", "/v1/invoices/create_preview")
def create_preview(world: World, params: Thing) -> Thing:
    """What a change would be billed at once, or the next renewal's invoice, or a new subscription's first."""
    rehearsal = world.rehearsal()
    if "subscription" in params:
        subscription = rehearsal.get("subscription", params["subscription"], "subscription")
        _change(rehearsal, subscription, params)
    else:
        customer = rehearsal.get("customer", params.get("customer", ""), "customer")
        wanted = {name: params[name] for name in ("automatic_tax", "currency", "discounts") if name in params}
        details = params.get("subscription_details", {})
        subscription = start(rehearsal, customer, wanted | details | {"payment_behavior": "default_incomplete"})
    invoice: Thing = rehearsal.objects[subscription["latest_invoice"]]
    unsaid = dict.fromkeys(("hosted_invoice_url", "invoice_pdf", "number", "effective_at", "next_payment_attempt"))
    invoice |= unsaid | {"id": f"upcoming_{invoice['id']}", "status": "draft", "auto_advance": True}
    return invoice | {
        "amount_paid": 0,
        "attempted": False,
        "attempt_count": 0,
        "amount_remaining": invoice["amount_due"],
    }


def _change(rehearsal: World, subscription: Thing, params: Thing) -> None:
    before = subscription["latest_invoice"]
    details = params.get("subscription_details", {})
    details |= {"discounts": params["discounts"]} if "discounts" in params else {}
    if details:
        change(rehearsal, subscription, details)
    if subscription["latest_invoice"] == before:
        _renew(rehearsal, subscription)
    if subscription["latest_invoice"] == before:
        raise invalid("No upcoming invoices for this subscription.", code="invoice_upcoming_none", status=404)


def _renew(rehearsal: World, subscription: Thing) -> None:
    when = min(item["current_period_end"] for item in subscription["items"]["data"])
    if subscription["cancel_at"] is None or subscription["cancel_at"] > when:
        rehearsal.at(when, renew, subscription)
