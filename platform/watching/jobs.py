"""Jobs: how many, how long, a span each, and whose each line is that is logged meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.worker import Worker
from structlog.contextvars import bound_contextvars

from kit import traces, vitals
from tenants.models import Tenant


async def watch(run: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """procrastinate's worker middleware (https://procrastinate.readthedocs.io, "Middleware")."""
    began, outcome = monotonic(), "failed"
    job = context.job
    try:
        names = {"job": job.id, "task": job.task_name, **await _tenant(job)}
        with bound_contextvars(**names), traces.span("job", task=job.task_name):
            result = await run()
        outcome = "done"
        return result
    finally:
        vitals.jobs[outcome].observe(monotonic() - began)


async def _tenant(job: Job) -> dict[str, str]:
    """Of a job for one tenant; one for all of them names each as it comes to it (``tenants.rounds``)."""
    tenant_id = job.task_kwargs.get("tenant_id")
    slug = await Tenant.objects.filter(pk=tenant_id).values_list("slug", flat=True).afirst() if tenant_id else None
    return {"tenant": slug} if slug else {}
