"""What has to be asked of PostgreSQL or of files, every fifteen seconds, so that no scrape waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import psycopg
import structlog
from psycopg.rows import class_row
from psycopg_pool import PoolTimeout

from kit.figures import Figures
from tenants.connections import public_connection
from watching.certificates import earliest_expiry

log = structlog.get_logger(__name__)
_SECONDS = 15.0
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits in PostgreSQL, for all processes together: ``oldest_job_seconds`` is how long the oldest job that
    could run has waited."""

    jobs_waiting: int
    jobs_running: int
    jobs_failed: int
    oldest_job_seconds: float
    domains_failing: int
    billing_events_unhandled: int
    billing_meter_events_unsent: int


@dataclass(frozen=True, slots=True)
class Readings:
    """The last that was read. ``postgres``: whether it answered. ``queues`` and ``certificate_expires_at`` are the
    worker's to read."""

    postgres: bool = True
    slugs: dict[str, str] = field(default_factory=dict)
    queues: Queues | None = None
    certificate_expires_at: datetime | None = None


class Reader:
    """Keeps ``last`` fresh; another thread may look at it."""

    def __init__(self, figures: Figures, *, queues: bool) -> None:
        self.last = Readings()
        self._figures = figures
        self._queues = queues

    async def keep_reading(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(_SECONDS)

    async def read(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                slugs = await _slugs([schema for schema, _ in self._figures.tallies()])
                queues = await _read_queues() if self._queues else None
        except (psycopg.Error, PoolTimeout, TimeoutError) as error:
            log.warning("watching.not_read", error=type(error).__name__)
            self.last = replace(self.last, postgres=False)
            return
        expiry = await asyncio.to_thread(earliest_expiry) if self._queues else None
        self.last = Readings(True, slugs, queues, expiry)


async def _slugs(schemas: Sequence[str]) -> dict[str, str]:
    async with public_connection() as connection:
        cursor = await connection.execute(
            "SELECT schema_name, slug FROM tenants_tenant WHERE schema_name = ANY(%s)", [list(schemas)]
        )
        return dict(await cursor.fetchall())


async def _read_queues() -> Queues:
    async with public_connection() as connection, connection.cursor(row_factory=class_row(Queues)) as cursor:
        await cursor.execute(_QUEUES)
        found = await cursor.fetchone()
        assert found is not None, "aggregates have one row"
        return found


_QUEUES = """
    SELECT jobs.*, domains_failing, billing_events_unhandled, billing_meter_events_unsent
    FROM (
        SELECT count(*) FILTER (WHERE due) AS jobs_waiting, count(*) FILTER (WHERE status = 'doing') AS jobs_running,
            count(*) FILTER (WHERE status = 'failed') AS jobs_failed,
            COALESCE(extract(epoch FROM now() - min(COALESCE(scheduled_at, since)) FILTER (WHERE due)), 0)::float
                AS oldest_job_seconds
        FROM (
            SELECT status, scheduled_at, status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) AS due,
                (SELECT min(at) FROM procrastinate_events WHERE job_id = job.id) AS since
            FROM procrastinate_jobs job WHERE status IN ('todo', 'doing', 'failed')
        ) job
    ) jobs,
    (SELECT count(*) AS domains_failing FROM tenants_domain WHERE failed_at IS NOT NULL) domains,
    (SELECT count(*) AS billing_events_unhandled FROM billing_stripeevent WHERE handled_at IS NULL) events,
    (SELECT count(*) AS billing_meter_events_unsent FROM billing_meterevent WHERE sent_at IS NULL) meters
"""
