"""Reading at Stripe what a customer has, and writing it down here. Webhooks, pages, reconciliation: all end here, and
what they were told does not matter; so neither does in which order they came, how often, or whether at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import structlog
from django.db import models

from billing.customers import locked
from billing.entitlements import entitle
from billing.gateway_stripe import Gateway, GatewayRefused, gateway
from billing.items import fit_use
from billing.models import Customer, Invoice, Subscription
from billing.stripe_objects import StripeInvoice, StripePhase, StripeSubscription
from tenants.audit import Actor, acting, record
from tenants.models import Tenant

log = structlog.get_logger(__name__)

_SECONDS = 30.0


def sync_customer(stripe_id: str, now: datetime) -> frozenset[str]:
    """Bring one customer's rows, and what its tenant may do, in line with Stripe. Which fields were not so; nothing
    for a customer that is none of ours.

    Raises ParleyError ``unavailable`` and ``busy``: to be tried again.
    """
    stripe = gateway(_SECONDS)
    if not Customer.objects.filter(stripe_id=stripe_id).exists() and not _adopted(stripe_id, stripe):
        return frozenset()
    with locked(stripe_id=stripe_id) as customer:
        return mirror(customer, stripe, now)


def _adopted(stripe_id: str, stripe: Gateway) -> bool:
    """Whether it is the customer of a tenant that has noted none: whoever made it died before it could."""
    try:
        found = stripe.customer(stripe_id)
    except GatewayRefused:
        return False
    tenant = Tenant.objects.filter(schema_name=found.tenant, customer=None).first() if found.tenant else None
    if tenant is None or found.deleted:
        return False
    Customer.objects.get_or_create(tenant=tenant, defaults={"stripe_id": stripe_id, "email": found.email})
    return Customer.objects.filter(stripe_id=stripe_id).exists()


def mirror(customer: Customer, stripe: Gateway, now: datetime) -> frozenset[str]:
    """The same for one whose lock is held, as the last thing that is done under it."""
    subscriptions, invoices = _read(customer, stripe)
    current = current_of(subscriptions)
    changed = {
        *_write_subscription(customer, current, _next_phase(current, stripe), invoices, now),
        *_write_invoices(customer, invoices),
    }
    customer.synced_at = now
    if current is not None:
        customer.currency = current.currency
    customer.save(update_fields=["synced_at", "currency"])
    if entitle(customer.tenant_id, now):
        changed.add("entitlement")
    return frozenset(changed)


def current_of(subscriptions: Iterable[StripeSubscription]) -> StripeSubscription | None:
    """The one that counts: the oldest that is live, or else the last to end."""
    had = [each for each in subscriptions if each.ever_was]
    live = sorted((each for each in had if each.is_live), key=attrgetter("created_at", "id"))
    ended = sorted((each for each in had if not each.is_live), key=lambda each: each.ended_at or each.created_at)
    return live[0] if live else ended[-1] if ended else None


def _read(customer: Customer, stripe: Gateway) -> tuple[list[StripeSubscription], list[StripeInvoice]]:
    try:
        subscriptions = stripe.subscriptions(customer.stripe_id)
        _end_others(customer, subscriptions, stripe)
        current = current_of(subscriptions)
        if current is not None and current.is_live:
            fit_use(stripe, current)
        return subscriptions, stripe.invoices(customer.stripe_id)
    except GatewayRefused as refusal:
        if refusal.is_missing:
            log.warning("billing.customer_missing", tenant=customer.tenant.slug)
            return [], []
        raise


def _end_others(customer: Customer, subscriptions: list[StripeSubscription], stripe: Gateway) -> None:
    """A second subscription that is live all the same, made by hand or by two sessions: the money goes back first, so
    that nothing is kept if this is cut short."""
    current = current_of(subscriptions)
    for other in [each for each in subscriptions if each.is_live and each is not current]:
        paid = [each for each in stripe.invoices(customer.stripe_id) if each.subscription == other.id]
        refunded = sum(stripe.refund_invoice(invoice.id) for invoice in paid if invoice.amount_paid)
        stripe.end_subscription(other.id)
        subscriptions.remove(other)
        log.error("billing.second_subscription_ended", tenant=customer.tenant.slug, refunded=refunded)
        with acting(lambda: Actor(name="billing")):
            for chain in (customer.tenant, None):
                told = {"plan": other.plan, "refunded": refunded, "currency": other.currency}
                record(chain, "subscription.second_ended", f"subscription:{other.id}", before=told)


def _next_phase(current: StripeSubscription | None, stripe: Gateway) -> StripePhase | None:
    if current is None or not current.schedule or not current.is_live:
        return None
    return stripe.schedule(current.schedule).next_phase(current.period_end)


def _write_subscription(
    customer: Customer,
    current: StripeSubscription | None,
    upcoming: StripePhase | None,
    invoices: Sequence[StripeInvoice],
    now: datetime,
) -> list[str]:
    known = Subscription.objects.filter(tenant=customer.tenant).first()
    if current is None:
        return _end(known, now) if known else []
    values = {
        "stripe_id": current.id,
        "status": current.status,
        "plan": current.plan,
        "interval": current.interval,
        "seats": current.seats,
        "currency": current.currency,
        "started_at": current.started_at,
        "trial_ends_at": current.trial_ends_at,
        "period_start": current.period_start,
        "period_end": current.period_end,
        "next_plan": upcoming.plan if upcoming else "",
        "next_interval": upcoming.interval if upcoming else "",
        "ends_at": current.ends_at,
        "ended_at": current.ended_at,
        "unpaid_since": _unpaid_since(current, invoices),
    }
    if known is None:
        Subscription.objects.create(tenant=customer.tenant, **values)
        return ["subscription"]
    return _changed(known, values)


def _unpaid_since(current: StripeSubscription, invoices: Iterable[StripeInvoice]) -> datetime | None:
    """What is still owed counts also when the subscription has ended over it."""
    owed = (each for each in invoices if each.subscription == current.id and each.status == "open")
    return min((each.failed_at for each in owed if each.failed_at is not None), default=None)


def _end(known: Subscription, now: datetime) -> list[str]:
    """Stripe knows of none any more."""
    if known.status == "canceled":
        return []
    return _changed(known, {"status": "canceled", "ended_at": now, "unpaid_since": None})


def _write_invoices(customer: Customer, invoices: Iterable[StripeInvoice]) -> list[str]:
    known = {invoice.pk: invoice for invoice in Invoice.objects.filter(tenant=customer.tenant)}
    changed: list[str] = []
    for found in invoices:
        values = {name: getattr(found, name) for name in _INVOICE} | {"lines": [dict(line) for line in found.lines]}
        if found.id in known:
            changed += _changed(known[found.id], values)
        else:
            Invoice.objects.create(stripe_id=found.id, tenant=customer.tenant, **values)
            changed.append("invoice")
    return changed


_INVOICE = (
    *("number", "status", "currency", "subtotal", "tax", "total", "amount_paid", "amount_due", "created_at", "due_at"),
    *("paid_at", "failed_at", "page_url", "pdf_url"),
)


def _changed(row: models.Model, values: dict[str, Any]) -> list[str]:
    """Write what is other than it was; its names."""
    other = [name for name, value in values.items() if getattr(row, name) != value]
    for name in other:
        setattr(row, name, values[name])
    if other:
        row.save(update_fields=other)
    return [f"{row._meta.model_name}.{name}" for name in other]
