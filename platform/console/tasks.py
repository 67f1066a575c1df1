"""Jobs of the platform itself."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import structlog
from asgiref.sync import sync_to_async
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from console.copies import making
from console.letters import write_to_operator, write_to_owner
from tenants import domains
from tenants.figures import forget_old_figures, sum_up
from tenants.lifecycle import remove_due
from tenants.models import Account, OperatorInvitation, Tenant
from tenants.portability.importing import clear_abandoned
from tenants.portability.leaving import bring_back
from tenants.processes import forget_gone_processes
from tenants.support import end_expired_support
from tenants.usage import forget_old_usage

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
    """Remove the tenants whose grace is over, and what is left of imports that nobody went on with."""
    await sync_to_async(remove_due)()
    await sync_to_async(clear_abandoned)()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="bring_back_moves", pass_context=False)
async def bring_back_moves(timestamp: int) -> None:
    """Let people write again whose tenant's move was killed; forget moves that nobody went on with."""
    await sync_to_async(bring_back)()


@app.periodic(cron="17 4 * * *")
@app.task(queueing_lock="recheck_domains", pass_context=False)
async def recheck_domains(timestamp: int) -> None:
    """Every night: whether the domains that tenants say are theirs still say so themselves."""
    await sync_to_async(domains.recheck_domains)()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="end_support", pass_context=False)
async def end_support(timestamp: int) -> None:
    """End the visits whose operator did not."""
    await sync_to_async(end_expired_support)()


_LETTER = RetryStrategy(max_attempts=6, exponential_wait=5)


@app.task(retry=_LETTER, pass_context=False)
async def mail_owner(tenant_id: int, account_id: str) -> None:
    """Tell the owner of a new tenant that it is there."""
    tenant = await Tenant.objects.filter(pk=tenant_id).afirst()
    account = await Account.objects.filter(pk=account_id).afirst()
    if tenant is not None and account is not None:
        await sync_to_async(write_to_owner)(tenant, account)


@app.task(retry=_LETTER, pass_context=False)
async def mail_operator(invitation_id: str) -> None:
    """Send an invitation that has not been withdrawn meanwhile."""
    invitation = await OperatorInvitation.objects.filter(pk=invitation_id).afirst()
    if invitation is not None:
        await sync_to_async(write_to_operator)(invitation)


@app.task(lock="make_copy", pass_context=False)
async def make_copy(copy_id: str) -> None:
    """Export, import or clone a tenant; one after the other."""
    await making.carry_on(copy_id)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="look_after_copies", pass_context=False)
async def look_after_copies(timestamp: int) -> None:
    """Every minute: go on with copies whose worker was stopped, and remove the files whose time is over."""
    await making.forget_due()
    for copy_id in await making.unfinished():
        with suppress(AlreadyEnqueued):
            await make_copy.configure(queueing_lock=f"make_copy:{copy_id}").defer_async(copy_id=copy_id)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="sum_up_figures", pass_context=False)
async def sum_up_figures(timestamp: int) -> None:
    """Hours and days from the minutes that the processes note."""
    await sync_to_async(sum_up)(datetime.now(UTC))
    await sync_to_async(forget_gone_processes)()


@app.periodic(cron="53 * * * *")
@app.task(queueing_lock="forget_figures", pass_context=False)
async def forget_figures(timestamp: int) -> None:
    """What is older than it is kept for."""
    await sync_to_async(forget_old_figures)(datetime.now(UTC))
    await sync_to_async(forget_old_usage)(datetime.now(UTC))
