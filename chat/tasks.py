"""Jobs of the conversation: delivering webhooks, bringing search up to date, ending and removing what has had its
time."""

from __future__ import annotations

from contextlib import suppress

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chat.commands import answers, erasing, importing_people
from chat.commands.guests import end_expired_guest_links
from chat.commands.indexing import index_tenant
from chat.commands.retention import apply_retention
from chat.commands.tidying import remove_discarded_uploads
from chat.commands.usage import count_usage, note_latest_writers
from chat.webhooks import deliveries, lanes
from chat.webhooks.delivering import deliver_all
from chat.webhooks.times import now
from tenants.audit import record_here
from tenants.directory import record_of
from tenants.models import MoveStep, Tenant
from tenants.outbound import outbound_policy
from tenants.reached import judge, limited_writers
from tenants.records import TenantStatus
from tenants.retention import retention_of
from tenants.rounds import for_each
from tenants.scope import tenant_scope


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
    """One that is about to move tells the rest at its new place."""
    held = (MoveStep.HOLDING, MoveStep.CUT, MoveStep.CLOSED)
    return _active().filter(has_webhooks=True).exclude(move__step__in=held)


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


@app.periodic(cron="17 2 * * *")
@app.task(queueing_lock="apply_retentions", pass_context=False)
async def apply_retentions(timestamp: int) -> None:
    """Every night: remove what the tenants or their plans keep no longer, except in those that are in maintenance."""
    choosy = Tenant.objects.filter(paused=False).exclude(retention={}, retention_days=None)
    await for_each(choosy, _apply_retention, failure="retention.failed")


async def _apply_retention(tenant: Tenant) -> None:
    removed = await apply_retention(retention_of(tenant, now()), tenant.search_language, now())
    if any(removed):
        await record_here("retention.applied", after=removed._asdict())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="end_guest_links", pass_context=False)
async def end_guest_links(timestamp: int) -> None:
    """Let the guests go whose links have expired. Every door asks for itself; this one tidies up behind them."""
    await for_each(_active(), lambda _: end_expired_guest_links(), failure="guest_links.ending_failed")


@app.periodic(cron="4-59/10 * * * *")
@app.task(queueing_lock="count_tenants_usage", pass_context=False)
async def count_tenants_usage(timestamp: int) -> None:
    """Every ten minutes, and of a closed hour once more when nothing can come to it."""
    await for_each(Tenant.objects.all(), lambda tenant: count_usage(tenant, now()), failure="usage.counting_failed")


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="judge_allowances", pass_context=False)
async def judge_allowances(timestamp: int) -> None:
    """Every minute: which of their months' limits tenants have used up."""
    wrote = Tenant.objects.filter(pk__in=await sync_to_async(limited_writers)(now()))
    await for_each(wrote, lambda tenant: note_latest_writers(tenant, now()), failure="usage.noting_failed")
    await sync_to_async(judge)(now())


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="carry_on_with_people", pass_context=False)
async def carry_on_with_people(timestamp: int) -> None:
    """Every minute: go on with imports and erasures whose worker was stopped; forget files that nobody imports."""
    await for_each(_active(), _carry_on_with_people, failure="people.carrying_on_failed")


async def _carry_on_with_people(tenant: Tenant) -> None:
    await importing_people.forget_old()
    for import_id in await importing_people.unfinished():
        await importing_people.carry_on(import_id)
    for digest in await erasing.unfinished():
        await erasing.carry_on(digest, tenant.search_language)


@app.task(pass_context=False)
async def import_people(tenant_id: int, import_id: str) -> None:
    with tenant_scope(await Tenant.objects.aget(pk=tenant_id)):
        await importing_people.carry_on(import_id)


@app.task(pass_context=False)
async def erase_person(tenant_id: int, digest: str) -> None:
    tenant = await Tenant.objects.aget(pk=tenant_id)
    with tenant_scope(tenant):
        await erasing.carry_on(digest, tenant.search_language)


def _active() -> QuerySet[Tenant]:
    found: QuerySet[Tenant] = Tenant.objects.filter(status=TenantStatus.ACTIVE.value)
    return found
