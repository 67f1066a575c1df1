"""Jobs of the conversation: delivering webhooks, bringing search up to date, ending and removing what has had its
time."""

from __future__ import annotations

from contextlib import suppress

from django.db.models import QuerySet
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chat.commands import answers
from chat.commands.guests import end_expired_guest_links
from chat.commands.indexing import index_tenant
from chat.commands.tidying import remove_discarded_uploads
from chat.webhooks import deliveries, lanes
from chat.webhooks.delivering import deliver_all
from chat.webhooks.times import now
from tenants.directory import record_of
from tenants.models import Tenant
from tenants.outbound import outbound_policy
from tenants.records import TenantStatus
from tenants.rounds import for_each


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="look_for_webhooks", pass_context=False)
async def look_for_webhooks(timestamp: int) -> None:
    """Every two seconds: a job for each tenant that has something to be told. Sending itself wakes nobody; it costs the
    row in the outbox and nothing else."""
    await for_each(_with_webhooks(), _look, failure="webhooks.look_failed")


async def _look(tenant: Tenant) -> None:
    if await lanes.work_waits(now()):
        with suppress(AlreadyEnqueued):
            job = deliver_webhooks.configure(queueing_lock=f"deliver_webhooks:{tenant.pk}")
            await job.defer_async(tenant_id=tenant.pk)


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
    marked = Tenant.objects.filter(has_webhooks=True)
    await for_each(marked, lambda _: deliveries.forget(now()), failure="webhooks.forgetting_failed")


def _with_webhooks() -> QuerySet[Tenant]:
    return _active().filter(has_webhooks=True)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="index_search", pass_context=False)
async def index_search(timestamp: int) -> None:
    """Put into search's blocks what was said and changed since the last time."""
    await for_each(_active(), lambda tenant: index_tenant(tenant.search_language), failure="search.indexing_failed")


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="remove_old_answers", pass_context=False)
async def remove_old_answers(timestamp: int) -> None:
    """Remove what was kept for an ``Idempotency-Key`` longer than it is honoured."""
    await for_each(Tenant.objects.all(), lambda _: answers.remove_old_answers(), failure="answers.removal_failed")


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="remove_uploads", pass_context=False)
async def remove_uploads(timestamp: int) -> None:
    """Remove uploads that were never sent, and those of deleted messages."""
    await for_each(Tenant.objects.all(), lambda _: remove_discarded_uploads(), failure="uploads.removal_failed")


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="end_guest_links", pass_context=False)
async def end_guest_links(timestamp: int) -> None:
    """Let the guests go whose links have expired. Every door asks for itself; this one tidies up behind them."""
    await for_each(_active(), lambda _: end_expired_guest_links(), failure="guest_links.ending_failed")


def _active() -> QuerySet[Tenant]:
    found: QuerySet[Tenant] = Tenant.objects.filter(status=TenantStatus.ACTIVE.value)
    return found
