"""Stripe's events, once each: stored when they come, handled by reading what they are about."""

from __future__ import annotations

from datetime import datetime

from billing.models import StripeEvent
from billing.stripe_objects import StripeEventHead
from billing.sync import sync_customer
from kit.errors import ParleyError


def store(event: StripeEventHead) -> bool:
    """Whether it is new. In the caller's transaction."""
    _, is_new = StripeEvent.objects.get_or_create(
        stripe_id=event.id,
        defaults={"type": event.type, "customer": event.customer, "created_at": event.created_at},
    )
    return is_new


def handle_customer(customer: str, now: datetime) -> None:
    """All that waits of one customer's. What comes while it is read at Stripe waits for the next time. Raises
    ParleyError, and leaves them waiting, when that fails."""
    waiting = StripeEvent.objects.filter(customer=customer, handled_at__isnull=True)
    events = list(waiting.values_list("pk", flat=True))
    if not events:
        return
    try:
        if customer:
            sync_customer(customer, now)
    except ParleyError as refusal:
        waiting.filter(pk__in=events).update(failure=f"{refusal.code.name}: {refusal.detail}"[:500])
        raise
    waiting.filter(pk__in=events).update(handled_at=now, failure="")


def waiting_customers() -> list[str]:
    """Those of whom something waits, the longest first."""
    waiting = StripeEvent.objects.filter(handled_at__isnull=True).order_by("received_at")
    return list(dict.fromkeys(waiting.values_list("customer", flat=True)))
