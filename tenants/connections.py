"""Raw async connections: one pool for each event loop, the tenant in scope entered before a connection is lent.

The hot path speaks SQL here; everything else uses the ORM.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from kit import traces
from tenants.scope import ENTER_SQL, reading_roles_anew, schema_in_scope
from tenants.warm_pool import WarmConnection, WarmPool

Row = TypeVar("Row")
Pool = AsyncConnectionPool[Any] | ConnectionPool[Any]

_PUBLIC = "public"
_IDLE_SECONDS = 1.0
_PLANNING = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
"""What is said here finds its rows by index. A plan that is made while a tenant's tables are empty must say so too: it
is kept, and a scan of the whole table would take longer with every message."""


class ScopedConnection(WarmConnection):
    """A connection that remembers whose role and search_path it has (None when that is not certain), and when it was
    last in use."""

    entered: str | None = None
    used_at: float = 0.0

    async def enter(self, schema: str) -> None:
        if self.entered == schema:
            return
        self.entered = None
        try:
            await self._become(schema)
        except InsufficientPrivilege:
            async with self.transaction(force_rollback=True):
                await self.execute(reading_roles_anew(schema))
            await self._become(schema)
        self.entered = schema
        self.warm.add(schema)

    async def _become(self, schema: str) -> None:
        role = "none" if schema == _PUBLIC else schema
        await self.execute(ENTER_SQL, (role, schema))


class TracedCursor(psycopg.AsyncCursor[Any]):
    """Makes a span of each statement; of its parameters nothing is told."""

    async def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
        with traces.span("sql", statement=query if isinstance(query, str) else "composed"):
            return await super().execute(query, *arguments, **options)


_cursor_factory: type[psycopg.AsyncCursor[Any]] = psycopg.AsyncCursor
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, WarmPool[ScopedConnection]] = WeakKeyDictionary()
_closers: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


@asynccontextmanager
async def tenant_connection() -> AsyncIterator[ScopedConnection]:
    """A connection, in autocommit, under the role and in the schema of the tenant in scope.

    Raises NoTenantInScope outside ``tenant_scope``.
    """
    schema = schema_in_scope()
    async with _lend(schema) as connection:
        yield connection


async def fetch_all(row: type[Row], query: str, parameters: dict[str, Any] | None = None) -> list[Row]:
    """What one statement finds in the schema of the tenant in scope; a row is made of the columns that bear the names
    of its fields. Raises NoTenantInScope."""
    async with tenant_connection() as connection, connection.cursor(row_factory=class_row(row)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchall()


async def fetch_one(row: type[Row], query: str, parameters: dict[str, Any]) -> Row | None:
    """As ``fetch_all``, where there is one row or none."""
    async with tenant_connection() as connection, connection.cursor(row_factory=class_row(row)) as cursor:
        await cursor.execute(query, parameters)
        return await cursor.fetchone()


@asynccontextmanager
async def public_connection() -> AsyncIterator[ScopedConnection]:
    """A connection, in autocommit, as the login role in the public schema: it can read no tenant's data."""
    async with _lend(_PUBLIC) as connection:
        yield connection


@asynccontextmanager
async def _lend(schema: str) -> AsyncIterator[ScopedConnection]:
    pool = await _open_pool()
    async with pool.connection() as connection:
        await connection.enter(schema)
        try:
            yield connection
        finally:
            connection.used_at = monotonic()


async def _open_pool() -> WarmPool[ScopedConnection]:
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = _pools[loop] = WarmPool(
            connection_class=ScopedConnection,
            kwargs=_pool_parameters(),
            min_size=1,
            max_size=settings.DATABASE_POOL_SIZE or 4,
            timeout=5,
            reconnect_timeout=settings.DATABASE_GIVE_UP_SECONDS,
            open=False,
            check=_check_if_idle,
        )
        _closers[loop] = asyncio.create_task(_close_with_loop(pool))
    await pool.open()
    return pool


async def _check_if_idle(connection: ScopedConnection) -> None:
    """A connection that has just answered is taken to be alive; asking would double the round trips of a busy one."""
    if monotonic() - connection.used_at > _IDLE_SECONDS:
        await AsyncConnectionPool.check_connection(connection)


def _pool_parameters() -> dict[str, Any]:
    parameters = connection_parameters()
    options = f"{parameters.get('options', '')} {_PLANNING}".strip()
    return {**parameters, "autocommit": True, "options": options, "cursor_factory": _cursor_factory}


def trace_statements() -> None:
    """Of the pools that are opened from now on."""
    global _cursor_factory
    _cursor_factory = TracedCursor


async def close_pool() -> None:
    """Close this event loop's pool, if it has one."""
    loop = asyncio.get_running_loop()
    if (closer := _closers.pop(loop, None)) is not None:
        closer.cancel()
        await asyncio.wait([closer])
    if (pool := _pools.pop(loop, None)) is not None:  # the closer had not even begun
        await pool.close()


async def _close_with_loop(pool: WarmPool[ScopedConnection]) -> None:
    """A loop that ends cancels its tasks and waits for them. One of the pool's that is about to have another connection
    may miss that (``asyncio.wait_for`` until Python 3.12 loses what comes together with a result) and would be waited
    for for ever: closing the pool ends it."""
    loop = asyncio.get_running_loop()
    try:
        await loop.create_future()
    finally:
        _pools.pop(loop, None)
        _closers.pop(loop, None)
        await pool.close()


def pools() -> dict[str, Pool]:
    """The pools of this process that are open, by name: ``raw`` is the event loop's, the others are the ORM's, by
    alias. Another thread may ask."""
    orm: dict[str, Pool] = DatabaseWrapper._connection_pools  # type: ignore[attr-defined]
    return dict([*(("raw", pool) for pool in list(_pools.values())), *orm.items()])


def connection_parameters() -> dict[str, Any]:
    """psycopg's parameters for the database that Django is configured with."""
    parameters = connections["default"].get_connection_params()
    return {
        name: value
        for name, value in parameters.items()
        if name not in ("cursor_factory", "context", "prepare_threshold")
    }
