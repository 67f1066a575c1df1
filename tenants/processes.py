"""This process among the others: every ten seconds it says that it is here and how it does, and notes what it counted.

Whoever kills it loses what was counted since the last time, ten seconds of figures. What is billed is counted from the
messages: see ``chat.commands.usage``.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout

from kit import vitals
from kit.figures import PLATFORM, Counted, Figures
from kit.ids import opaque
from tenants.connections import public_connection
from tenants.models import Process

log = structlog.get_logger(__name__)
BEAT_SECONDS = 10.0
SILENCE = timedelta(seconds=40)
"""Who has not beaten for so long does not run any more, or cannot reach PostgreSQL."""
_KEPT = timedelta(minutes=10)
_SAMPLE_SECONDS = 0.1
_PATIENCE = 3.0  # seconds; at its end a process has not many

figures = Figures()
"""This process's."""


@async_only_middleware
def count_failures(get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> object:
    """Answers that say the fault is ours."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        response = await get_response(request)
        if response.status_code == 500:
            tenant = getattr(request, "tenant", None)
            figures.of(tenant.schema_name if tenant else PLATFORM).errors += 1
        return response

    return answer


class Beating:
    """Beats from ``start`` to ``stop``, and once more then."""

    def __init__(self, kind: Process.Kind, counts: Figures = figures) -> None:
        self._figures = counts
        self._lags: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._about = {
            "id": opaque("p"),
            "kind": kind.value,
            "version": settings.VERSION,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started_at": datetime.now(UTC),
        }

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep_beating()), asyncio.create_task(self._keep_sampling())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.beat(last=True)

    async def _keep_beating(self) -> None:
        while True:
            await self.beat()
            await asyncio.sleep(BEAT_SECONDS)

    async def _keep_sampling(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + _SAMPLE_SECONDS
            await asyncio.sleep(_SAMPLE_SECONDS)
            self._lags.append(clock() - due)
            vitals.loop_lag.observe(self._lags[-1])

    async def beat(self, *, last: bool = False) -> None:
        """Whatever cannot be noted is noted with the next beat. One whose answer got lost may be counted twice."""
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        counted = self._figures.take(minute)
        try:
            async with asyncio.timeout(_PATIENCE):
                await _note({**self._about, **self._state()}, minute, counted)
                if last:
                    await _say_goodbye(self._about["id"])
        except (psycopg.Error, PoolTimeout, TimeoutError) as error:
            log.warning("processes.not_noted", error=type(error).__name__)
            self._figures.put_back(counted)

    def _state(self) -> dict[str, Any]:
        lags, self._lags = sorted(self._lags), []
        lag = lags[len(lags) * 99 // 100] if lags else 0.0
        return {
            "connections": self._figures.connections,
            "crowds": Jsonb(self._figures.crowds),
            "loop_lag_ms": round(lag * 1_000, 1),
            "memory_bytes": _memory(),
        }


def _memory() -> int:
    """What it holds of the machine's memory; where the system does not say, the most that it ever held."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


async def _note(process: dict[str, Any], minute: datetime, counted: Sequence[Counted]) -> None:
    columns = zip(*counted, strict=True) if counted else ([] for _ in Counted._fields)
    arrays = {name: list(column) for name, column in zip(Counted._fields, columns, strict=True)}
    arrays["peaks"] = arrays.pop("connections")
    async with public_connection() as connection:
        await connection.execute(_NOTE, {**process, **arrays, "minute": minute})


# The rows are locked in one order by all processes.
_NOTE = """
    WITH beat AS (
        INSERT INTO tenants_process
            (id, kind, version, host, pid, started_at, connections, crowds, loop_lag_ms, memory_bytes)
        VALUES (%(id)s, %(kind)s, %(version)s, %(host)s, %(pid)s, %(started_at)s, %(connections)s, %(crowds)s,
            %(loop_lag_ms)s, %(memory_bytes)s)
        ON CONFLICT (id) DO UPDATE SET beat_at = now(), connections = excluded.connections,
            crowds = excluded.crowds, loop_lag_ms = excluded.loop_lag_ms, memory_bytes = excluded.memory_bytes
    ), counted AS (
        SELECT * FROM unnest(%(schema_name)s::text[], %(messages)s::bigint[], %(deliveries)s::bigint[],
            %(errors)s::bigint[], %(embeds)s::bigint[], %(peaks)s::bigint[])
            AS counted (schema_name, messages, deliveries, errors, embeds, connections)
    ), found AS (
        SELECT tenant.id AS tenant_id, messages, deliveries, errors, embeds, connections
        FROM counted JOIN tenants_tenant tenant USING (schema_name)
        UNION ALL
        SELECT NULL, sum(messages), sum(deliveries), sum(errors), sum(embeds), sum(connections)
        FROM counted HAVING count(*) > 0
    )
    INSERT INTO tenants_figure AS figure
        (tenant_id, span, at, messages, deliveries, errors, embeds, connections)
    SELECT tenant_id, 'minute', %(minute)s, messages, deliveries, errors, embeds, connections
    FROM found ORDER BY tenant_id
    ON CONFLICT (tenant_id, span, at) DO UPDATE SET
        messages = figure.messages + excluded.messages,
        deliveries = figure.deliveries + excluded.deliveries,
        errors = figure.errors + excluded.errors,
        embeds = figure.embeds + excluded.embeds,
        connections = figure.connections + excluded.connections
"""


async def connections_elsewhere(schema_name: str) -> int:
    """A tenant's sockets in the other processes, as of their last beats."""
    here = {"schema": schema_name, "host": socket.gethostname(), "pid": os.getpid(), "silence": SILENCE}
    async with public_connection() as connection:
        cursor = await connection.execute(_ELSEWHERE, here)
        [(found,)] = await cursor.fetchall()
    return int(found)


_ELSEWHERE = """
    SELECT COALESCE(sum((crowds ->> %(schema)s)::bigint), 0) FROM tenants_process
    WHERE beat_at > now() - %(silence)s AND (host, pid) <> (%(host)s, %(pid)s)
"""


async def _say_goodbye(process_id: object) -> None:
    async with public_connection() as connection:
        await connection.execute("DELETE FROM tenants_process WHERE id = %s", [process_id])


def forget_gone_processes() -> int:
    """Remove the rows of those that were killed, ten minutes after their last beat; how many there were."""
    gone, _ = Process.objects.filter(beat_at__lt=datetime.now(UTC) - _KEPT).delete()
    return gone
