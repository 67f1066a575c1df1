"""Jobs of the conversation: delivering webhooks."""

from __future__ import annotations

from contextlib import suppress

import structlog
from django.db.models import QuerySet
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chat.webhooks import deliveries, lanes
from chat.webhooks.delivering import deliver_all
from chat.webhooks.times import now
from tenants.directory import record_of
from tenants.models import Tenant
from tenants.outbound import outbound_policy
from tenants.records import TenantStatus
from tenants.scope import tenant_scope

log = structlog.get_logger(__name__)


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="look_for_webhooks", pass_context=False)
async def look_for_webhooks(timestamp: int) -> None:
    """Every two seconds: a job for each tenant that has something to be told. Sending itself wakes nobody; it costs the
    row in the outbox and nothing else."""
    async for tenant in _with_webhooks().aiterator():
        try:
            with tenant_scope(tenant):
                waits = await lanes.work_waits(now())
            if waits:
                await _defer(tenant.pk)
        except Exception:
            log.exception("webhooks.look_failed", tenant=tenant.slug)


async def _defer(tenant_id: int) -> None:
    with suppress(AlreadyEnqueued):
        await deliver_webhooks.configure(queueing_lock=f"deliver_webhooks:{tenant_id}").defer_async(tenant_id=tenant_id)


@app.task(pass_context=False)
async def deliver_webhooks(tenant_id: int) -> None:
    """Tell one tenant's endpoints. While a slow one is waited for, the next look starts another of these for the
    others."""
    tenant = await _with_webhooks().filter(pk=tenant_id).prefetch_related("signing_keys").afirst()
    if tenant is not None:
        await deliver_all(record_of(tenant), now, outbound_policy())


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="forget_deliveries", pass_context=False)
async def forget_deliveries(timestamp: int) -> None:
    """Every night: shorten the logs of deliveries to what they promise."""
    async for tenant in Tenant.objects.filter(has_webhooks=True).aiterator():
        try:
            with tenant_scope(tenant):
                await deliveries.forget(now())
        except Exception:
            log.exception("webhooks.forgetting_failed", tenant=tenant.slug)


def _with_webhooks() -> QuerySet[Tenant]:
    found: QuerySet[Tenant] = Tenant.objects.filter(has_webhooks=True, status=TenantStatus.ACTIVE.value)
    return found
