"""Jobs: whether somebody takes them, and whether they end."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections

from console.doctor.finding import Finding, fail, ok, warn
from tenants.routers import SHARED

_MOST_WAITING, _MOST_RUNNING = "5 minutes", "1 hour"


def check() -> Iterator[Finding]:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_ASKED, {"waiting": _MOST_WAITING, "running": _MOST_RUNNING})
        overdue, stuck, failed = cursor.fetchone()
    faults = [*_unmoved(overdue, stuck), *_failed(failed)]
    yield from faults or [ok("Jobs are taken and end")]


_ASKED = """
    SELECT
        count(*) FILTER (WHERE status = 'todo' AND COALESCE(scheduled_at, since) < now() - %(waiting)s::interval),
        count(*) FILTER (WHERE status = 'doing' AND since < now() - %(running)s::interval),
        count(*) FILTER (WHERE status = 'failed')
    FROM (
        SELECT status, scheduled_at, (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) AS since
        FROM procrastinate_jobs job WHERE status IN ('todo', 'doing', 'failed')
    ) job
"""


def _unmoved(overdue: int, stuck: int) -> Iterator[Finding]:
    if overdue:
        yield fail(
            f"{overdue} jobs have waited for more than five minutes",
            "Start a worker, or more: manage.py worker",
        )
    if stuck:
        yield warn(f"{stuck} jobs have run for more than an hour", "See the worker's log; restart it if it hangs.")


def _failed(failed: int) -> Iterator[Finding]:
    if failed:
        yield warn(f"{failed} jobs have failed for good", "See the worker's log; delete the rows when done.")
