"""Which connection a tenant is lent: PostgreSQL's processes need not know all tenants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tenants import warm_pool
from tenants.connections import close_pool, pools, tenant_connection
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """Each test has an event loop, and with it a pool, of its own."""
    yield
    await close_pool()


async def process_of(tenancy: Tenancy) -> int:
    """The PostgreSQL process that the tenant is lent by now."""
    with tenant_scope(tenancy.record):
        async with tenant_connection() as connection:
            return connection.info.backend_pid


async def test_a_tenant_is_lent_the_connection_it_had_before(acme: Tenancy, globex: Tenancy) -> None:
    with tenant_scope(acme.record):
        async with tenant_connection() as connection:
            first = connection.info.backend_pid
            second = await process_of(globex)
    assert second != first
    turns = [(await process_of(acme), await process_of(globex)) for _ in range(4)]
    assert turns == [(first, second)] * 4


async def test_more_tenants_than_a_connection_is_to_serve_open_another(
    acme: Tenancy, globex: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_pool, "_MOST_WARM", 0)
    await process_of(acme)
    pool = pools()["raw"]
    while pool._growing:  # as far as the first who came made it grow
        await process_of(acme)
    opened = pool.get_stats()["pool_size"]
    await process_of(acme)
    assert pool.get_stats()["pool_size"] == opened
    await process_of(globex)
    assert pool.get_stats()["pool_size"] == opened + 1


async def test_where_there_may_be_no_other_a_connection_that_served_too_many_gives_way(
    acme: Tenancy, globex: Tenancy, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(warm_pool, "_MOST_WARM", 1)
    settings.DATABASE_POOL_SIZE = 1
    first = await process_of(acme)
    assert await process_of(acme) == first
    assert await process_of(globex) == first
    assert await process_of(acme) != first
