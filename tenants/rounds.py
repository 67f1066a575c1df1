"""The same work for one tenant after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from django.db.models import QuerySet
from structlog.contextvars import bound_contextvars

from tenants.models import Tenant
from tenants.records import TenantStatus
from tenants.scope import tenant_scope

log = structlog.get_logger(__name__)


async def for_each(tenants: QuerySet[Tenant], work: Callable[[Tenant], Awaitable[object]], *, failure: str) -> None:
    """Do ``work`` in the scope of each of the tenants that live here, the oldest first. One for whom it fails is
    logged, as ``failure``, and keeps nobody else waiting."""
    async for tenant in tenants.exclude(status=TenantStatus.MOVED.value).order_by("pk").aiterator():
        with bound_contextvars(tenant=tenant.slug):
            try:
                with tenant_scope(tenant):
                    await work(tenant)
            except Exception:
                log.exception(failure)
