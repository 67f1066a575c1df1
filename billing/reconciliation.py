"""Looking whether what is written here is what Stripe has, and healing it: for what no webhook told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from billing.gateway_stripe import GatewayUnavailable, gateway
from billing.models import Customer, StripeEvent
from billing.sync import sync_customer

log = structlog.get_logger(__name__)

_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found other than it was written here, of one tenant's."""

    tenant: str
    fields: frozenset[str]


def reconcile(now: datetime, slug: str | None = None) -> list[Drift]:
    """Every customer, or one tenant's. Raises ParleyError ``unavailable`` at the first that Stripe does not answer
    for; the next time begins again."""
    found = [reconcile_customer(customer, now) for customer in customers_of(slug)]
    return [drift for drift in found if drift is not None]


def customers_of(slug: str | None) -> list[str]:
    """Their ids: that of one tenant, or all in Stripe's order, and behind them those that it has no more."""
    if slug is not None:
        return list(Customer.objects.filter(tenant__slug=slug).values_list("stripe_id", flat=True))
    ours = list(Customer.objects.order_by("pk").values_list("stripe_id", flat=True))
    known = set(ours)
    theirs = [each.id for each in gateway(_SECONDS).customers() if each.tenant or each.id in known]
    return list(dict.fromkeys([*theirs, *ours]))


def reconcile_customer(stripe_id: str, now: datetime) -> Drift | None:
    """What an event that waits tells of is no drift. Raises ParleyError ``unavailable``; whatever else fails of one
    customer's is logged."""
    is_told = StripeEvent.objects.filter(customer=stripe_id, handled_at__isnull=True).exists()
    try:
        fields = sync_customer(stripe_id, now)
    except GatewayUnavailable:
        raise
    except Exception:
        log.exception("billing.not_reconciled", customer=stripe_id)
        return None
    if not fields or is_told:
        return None
    customer = Customer.objects.select_related("tenant").get(stripe_id=stripe_id)
    Customer.objects.filter(pk=customer.pk).update(drifted_at=now)
    log.warning("billing.drifted", tenant=customer.tenant.slug, fields=sorted(fields))
    return Drift(customer.tenant.slug, fields)
