"""Jobs of the platform itself."""

from __future__ import annotations

import structlog
from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from tenants.lifecycle import remove_due

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
