"""Jobs of the platform itself."""

from __future__ import annotations

import structlog
from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from chat.commands import answers
from chat.commands.indexing import index_tenant
from chat.commands.tidying import remove_discarded_uploads
from tenants.lifecycle import remove_due
from tenants.models import Tenant
from tenants.records import TenantStatus
from tenants.scope import tenant_scope

log = structlog.get_logger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="end_stalled_jobs", pass_context=False)
async def end_stalled_jobs(timestamp: int) -> None:
    """Take away what a worker that was killed left behind as running: whoever waits for its lock would wait for ever.
    Each of our jobs comes again by itself."""
    for job in await app.job_manager.get_stalled_jobs():
        log.warning("jobs.stalled", task=job.task_name)
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="remove_due_tenants", pass_context=False)
async def remove_due_tenants(timestamp: int) -> None:
    """Remove the tenants whose grace is over."""
    await sync_to_async(remove_due)()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="index_search", pass_context=False)
async def index_search(timestamp: int) -> None:
    """Put into search's blocks what was said and changed since the last time. One tenant that cannot be read keeps
    nobody else waiting."""
    active = Tenant.objects.filter(status=TenantStatus.ACTIVE.value).order_by("pk")
    async for tenant in active.aiterator():
        try:
            with tenant_scope(tenant):
                await index_tenant(tenant.search_language)
        except Exception:
            log.exception("search.indexing_failed", slug=tenant.slug)


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="remove_old_answers", pass_context=False)
async def remove_old_answers(timestamp: int) -> None:
    """Remove what was kept for an ``Idempotency-Key`` longer than it is honoured."""
    async for tenant in Tenant.objects.order_by("pk").aiterator():
        try:
            with tenant_scope(tenant):
                await answers.remove_old_answers()
        except Exception:
            log.exception("answers.removal_failed", slug=tenant.slug)


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="remove_uploads", pass_context=False)
async def remove_uploads(timestamp: int) -> None:
    """Remove uploads that were never sent, and those of deleted messages."""
    async for tenant in Tenant.objects.order_by("pk").aiterator():
        try:
            with tenant_scope(tenant):
                await remove_discarded_uploads()
        except Exception:
            log.exception("uploads.removal_failed", slug=tenant.slug)
