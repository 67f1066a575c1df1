"""What payment gives a tenant, in its row: plan, limits and service. Every process hears of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from tenants.audit import record
from tenants.directory import directory
from tenants.models import Tenant
from tenants.reached import judge
from tenants.records import Limits, Service
from tenants.routers import SHARED


def lock_tenant(tenant_id: int) -> Tenant | None:
    """Its row, which nobody else changes until the transaction ends."""
    found: Tenant | None = Tenant.objects.select_for_update(no_key=True).filter(pk=tenant_id).first()
    return found


def change_entitlement(tenant: Tenant, *, plan: str, limits: Limits, service: Service, now: datetime) -> bool:
    """Whether anything of it changed. ``tenant`` is locked. Written down in its own chain and in the platform's."""
    due: dict[str, Any] = {"plan": plan, **asdict(limits), "service": service.value}
    before = {name: getattr(tenant, name) for name, value in due.items() if getattr(tenant, name) != value}
    if not before:
        return False
    after = {name: due[name] for name in before}
    if "plan" in after:
        tenant.plan_since = now
    for name, value in after.items():
        setattr(tenant, name, value)
    tenant.save(update_fields=[*after, "plan_since"])
    judge(now, tenant)
    for chain in (tenant, None):
        record(chain, "tenant.entitled", f"tenant:{tenant.slug}", before=before, after=after)
    transaction.on_commit(lambda: directory.forget(tenant.pk), using=SHARED)
    return True
