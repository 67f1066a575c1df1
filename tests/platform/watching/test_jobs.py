"""Jobs, watched."""

from __future__ import annotations

from typing import Any

import pytest
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from structlog.contextvars import get_contextvars

from kit import vitals
from tests.support.cast import Tenancy
from watching import jobs


def _context(**arguments: Any) -> JobContext:
    job = Job(id=7, queue="default", lock=None, queueing_lock=None, task_name="chat.tasks.x", task_kwargs=arguments)
    return JobContext(start_timestamp=0.0, job=job, app=None, abort_reason=lambda: None)  # type: ignore[arg-type]


async def test_what_a_job_logs_names_it_and_its_tenant(acme: Tenancy) -> None:
    async def names() -> dict[str, Any]:
        return dict(get_contextvars())

    done = sum(vitals.jobs["done"].counts)
    told = await jobs.watch(names, _context(tenant_id=acme.record.id), None)  # type: ignore[arg-type]
    assert told == {"job": 7, "task": "chat.tasks.x", "tenant": acme.slug}
    assert sum(vitals.jobs["done"].counts) == done + 1
    assert get_contextvars() == {}


async def test_one_that_fails_is_counted_so() -> None:
    async def fail() -> None:
        raise RuntimeError

    failed = sum(vitals.jobs["failed"].counts)
    with pytest.raises(RuntimeError):
        await jobs.watch(fail, _context(), None)  # type: ignore[arg-type]
    assert sum(vitals.jobs["failed"].counts) == failed + 1
