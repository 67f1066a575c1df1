"""What a new tenant's team does first. Each step knows by itself that it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from kit.errors import INVALID, ParleyError
from tenants.audit import record
from tenants.models import ApiKey, Figure, Tenant, Usage
from tenants.routers import SHARED


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    done: bool


def first_steps(tenant: Tenant) -> Sequence[Step]:
    """In the order in which they are best done. Three statements."""
    mine = Figure.objects.filter(tenant=tenant, span__in=(Figure.Span.MINUTE, Figure.Span.DAY))
    most = mine.aggregate(embeds=Max("embeds"), messages=Max("messages"))
    return [
        Step("key", ApiKey.objects.filter(tenant=tenant, last_used_at__isnull=False).exists()),
        Step("origin", bool(tenant.origins)),
        Step("embed", bool(most["embeds"])),
        Step("message", bool(most["messages"]) or Usage.objects.filter(tenant=tenant, messages__gt=0).exists()),
    ]


def put_away(tenant: Tenant) -> None:
    """The list is not shown any more. Raises ParleyError ``invalid`` while something on it is to be done."""
    if not all(step.done for step in first_steps(tenant)):
        raise ParleyError(INVALID, "The list stays until everything on it is done.")
    with transaction.atomic(SHARED):
        if Tenant.objects.filter(pk=tenant.pk, started=False).update(started=True):
            record(tenant, "first_steps.put_away")
