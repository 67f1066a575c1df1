"""Jobs: whether somebody takes them, and whether they end."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections

from console.doctor.finding import Finding, fail, ok, warn
from tenants.routers import SHARED

_MOST_WAITING_SECONDS = 300
_MOST_RUNNING_SECONDS = 3600


def check() -> Iterator[Finding]:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_ASKED, {"waiting": _MOST_WAITING_SECONDS, "running": _MOST_RUNNING_SECONDS})
        overdue, stuck, failed = cursor.fetchone()
    faults = [*_unmoved(overdue, stuck), *_failed(failed)]
    yield from faults or [ok("Jobs are taken and end")]


_ASKED = """
    SELECT
        count(*) FILTER (WHERE status = 'todo' AND COALESCE(scheduled_at, since) < now() - %(waiting)s * interval '1 s'),
        count(*) FILTER (WHERE status = 'doing' AND since < now() - %(running)s * interval '1 s'),
        count(*) FILTER (WHERE status = 'failed')
    FROM (
        SELECT status, scheduled_at, (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id) AS since
        FROM procrastinate_jobs job WHERE status IN ('todo', 'doing', 'failed')
    ) job
"""


def _unmoved(overdue: int, stuck: int) -> Iterator[Finding]:
    if overdue:
        text = f"{overdue} jobs wait since more than {_MOST_WAITING_SECONDS // 60} minutes"
        yield fail(text, "Start a worker, or more of them: manage.py worker")
    if stuck:
        yield warn(f"{stuck} jobs run since more than an hour", "See the worker's log; restart it if it does nothing.")


def _failed(failed: int) -> Iterator[Finding]:
    if failed:
        yield warn(f"{failed} jobs have failed for good", "See the worker's log; delete the rows when done.")
