"""Looking whether what is written here is what Stripe has, and healing it: for what no webhook told of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from billing.entitlements import entitle
from billing.events import waiting_customers
from billing.gateway_stripe import GatewayUnavailable, gateway
from billing.models import Customer, Grant
from billing.sync import sync_customer

log = structlog.get_logger(__name__)

_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found other than it was written here, of one tenant's."""

    tenant: str
    fields: frozenset[str]


def reconcile(now: datetime, slug: str | None = None) -> list[Drift]:
    """Every customer, or one tenant's. Ends at the first that Stripe does not answer for (ParleyError
    ``unavailable``); the next time begins again."""
    told = set(waiting_customers())
    found = [_reconciled(customer, customer in told, now) for customer in _customers(slug)]
    if slug is None:
        _entitle_granted(now)
    return [drift for drift in found if drift is not None]


def _customers(slug: str | None) -> Iterator[str]:
    """In Stripe's order, then those that it has no more."""
    ours = Customer.objects.filter(**({} if slug is None else {"tenant__slug": slug}))
    left = dict.fromkeys(ours.order_by("pk").values_list("stripe_id", flat=True))
    if slug is None:
        for customer in gateway(_SECONDS).customers():
            if customer.tenant or customer.id in left:
                left.pop(customer.id, None)
                yield customer.id
    yield from left


def _reconciled(stripe_id: str, is_told: bool, now: datetime) -> Drift | None:
    """What an event that waits tells of is no drift."""
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


def _entitle_granted(now: datetime) -> None:
    """Those to whom something was granted and who never bought anything."""
    granted = Grant.objects.filter(tenant__customer=None).values_list("tenant_id", flat=True)
    for tenant_id in sorted(set(granted)):
        entitle(tenant_id, now)
