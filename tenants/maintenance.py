"""Maintenance, of one tenant or of all: everything can be read, nothing sent; and so it is where payment is overdue.
Each process hears of it as it hears of limits; the tenant that it has in memory says so."""

from __future__ import annotations

from django.db import transaction

from kit.errors import MAINTENANCE, PLAN_LIMIT_REACHED, ParleyError
from tenants.audit import record
from tenants.models import Maintenance
from tenants.records import Service, TenantRecord
from tenants.routers import SHARED
from tenants.scope import tenant_in_scope

_RETRY_SECONDS = 30.0


def check_open(tenant: TenantRecord | None = None) -> None:
    """Before anything is changed in a conversation of ``tenant``, or of the one in scope; jobs, which enter a scope
    without a record, go on. Raises ParleyError ``maintenance``, ``plan_limit_reached`` (it is not paid for),
    NoTenantInScope."""
    concerned = tenant or tenant_in_scope()
    if not isinstance(concerned, TenantRecord):
        return
    if concerned.paused:
        raise ParleyError(MAINTENANCE, retry_after=_RETRY_SECONDS)
    if concerned.service is not Service.FULL:
        raise ParleyError(PLAN_LIMIT_REACHED, "Payment is overdue: everything can be read, nothing sent.")


def maintenance() -> Maintenance | None:
    """Of the whole platform, if it is in maintenance."""
    return Maintenance.objects.first()


def begin_maintenance(reason: str) -> None:
    """Of the whole platform, or give another reason for it."""
    with transaction.atomic(SHARED):
        Maintenance.objects.update_or_create(pk=1, defaults={"reason": reason})
        record(None, "maintenance.begun", after={"reason": reason})


def end_maintenance() -> None:
    """Nothing happens where there is none."""
    with transaction.atomic(SHARED):
        ended, _ = Maintenance.objects.all().delete()
        if ended:
            record(None, "maintenance.ended")
