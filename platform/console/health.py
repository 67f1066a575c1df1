"""How PostgreSQL, Redis and the jobs are, as the operators' console shows them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connections
from redis import Redis
from redis.exceptions import RedisError

from tenants.routers import SHARED

log = structlog.get_logger(__name__)
_PATIENCE = 1.0  # seconds
_SIZE_HOLDS = 60.0  # seconds; with many tenants PostgreSQL looks at very many files for it


@dataclass(frozen=True, slots=True)
class PostgresHealth:
    """``replicas`` are those that follow it now."""

    version: str
    connections: int
    most_connections: int
    database_bytes: int
    replicas: int


@dataclass(frozen=True, slots=True)
class RedisHealth:
    """``latency_ms`` of one question and its answer."""

    version: str
    memory_bytes: int
    clients: int
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Jobs:
    """``waiting`` could run by now."""

    waiting: int = 0
    running: int = 0
    failed: int = 0


def postgres_health() -> PostgresHealth:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_POSTGRES)
        version, used, most, replicas = cursor.fetchone()
    return PostgresHealth(version, used, most, _size.of_database(), replicas)


_POSTGRES = """
    SELECT current_setting('server_version'), (SELECT sum(numbackends) FROM pg_stat_database)::int,
        current_setting('max_connections')::int, (SELECT count(*) FROM pg_stat_replication)
"""


class _Size:
    """The database's size, asked for once a minute."""

    def __init__(self) -> None:
        self._bytes = 0
        self._asked_at: float | None = None

    def of_database(self) -> int:
        if self._asked_at is None or time.monotonic() - self._asked_at > _SIZE_HOLDS:
            with connections[SHARED].cursor() as cursor:
                cursor.execute("SELECT pg_database_size(current_database())")
                [self._bytes] = cursor.fetchone()
            self._asked_at = time.monotonic()
        return self._bytes


_size = _Size()


def redis_health() -> RedisHealth | None:
    """None while it does not answer."""
    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE) as redis:
            redis.ping()
            before = time.perf_counter()
            redis.ping()
            latency = time.perf_counter() - before
            told: Mapping[str, object] = redis.info()
    except RedisError as error:
        log.warning("health.redis_away", error=type(error).__name__)
        return None
    version = told.get("valkey_version") or told["redis_version"]
    return RedisHealth(
        str(version), int(str(told["used_memory"])), int(str(told["connected_clients"])), latency * 1_000
    )


def jobs() -> Jobs:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_JOBS)
        return Jobs(*cursor.fetchone())


_JOBS = """
    SELECT count(*) FILTER (WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())),
        count(*) FILTER (WHERE status = 'doing'), count(*) FILTER (WHERE status = 'failed')
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
"""
