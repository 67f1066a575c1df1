"""Raw async connections: the same promises as the ORM's, and none broken by cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from tenants.connections import close_pool, public_connection, tenant_connection
from tenants.schemas import new_schema_name
from tenants.scope import NoTenantInScope, SchemaOnly, tenant_scope
from tests.support.cast import Tenancy

WHOSE = "SELECT current_user::text, current_schemas(false)::text[]"


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """Each test has an event loop, and with it a pool, of its own."""
    yield
    await close_pool()


async def whose() -> tuple[str, list[str]]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(WHOSE)
        role, path = await cursor.fetchone()
    return role, path


async def test_outside_a_scope_no_connection_is_lent() -> None:
    with pytest.raises(NoTenantInScope):
        async with tenant_connection():
            pass


async def test_role_and_path_follow_the_scope(acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex, acme):
        with tenant_scope(tenant.record):
            assert await whose() == (tenant.schema_name, [tenant.schema_name])


async def test_a_neighbours_and_the_platforms_tables_are_refused(acme: Tenancy, globex: Tenancy) -> None:
    for table in (f"{globex.schema_name}.chat_room", "public.tenants_account", "public.django_session"):
        with tenant_scope(acme.record), pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with tenant_connection() as connection:
                await connection.execute(f"SELECT * FROM {table}")
    with tenant_scope(acme.record), pytest.raises(psycopg.errors.UndefinedTable):
        async with tenant_connection() as connection:
            await connection.execute("SELECT * FROM tenants_account")


async def test_a_schema_that_is_not_there_fails_closed(acme: Tenancy) -> None:
    with tenant_scope(SchemaOnly(new_schema_name())), pytest.raises(psycopg.Error, match="does not exist"):
        await whose()
    with tenant_scope(acme.record):
        assert (await whose())[0] == acme.schema_name


async def test_the_public_connection_is_the_login_role_after_any_tenant(acme: Tenancy) -> None:
    for _ in range(3):
        with tenant_scope(acme.record):
            await whose()
        async with public_connection() as connection:
            role, path = await (await connection.execute(WHOSE)).fetchone()
            assert (role, path) == ("parley", ["public"])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(f"SELECT * FROM {acme.schema_name}.chat_room")


async def test_a_failed_transaction_leaves_the_connection_the_tenants(acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex) * 3:
        with tenant_scope(tenant.record):
            with pytest.raises(psycopg.errors.DivisionByZero):
                async with tenant_connection() as connection, connection.transaction():
                    await connection.execute("SELECT 1 / 0")
            assert await whose() == (tenant.schema_name, [tenant.schema_name])


async def test_cancelling_while_entering_leaves_no_connection_with_anothers_scope(
    acme: Tenancy, globex: Tenancy
) -> None:
    with tenant_scope(acme.record):
        await whose()  # the pool is open, its connections warm
    for attempt in range(120):
        with tenant_scope((acme, globex)[attempt % 2].record):
            entering = asyncio.create_task(whose())
        for _ in range(attempt % 40):  # cancelled at every stage of borrowing, entering, asking, giving back
            await asyncio.sleep(0)
        entering.cancel()
        with tenant_scope((globex, acme)[attempt % 2].record):
            expected = (globex, acme)[attempt % 2].schema_name
            answers = await asyncio.gather(*(whose() for _ in range(4)))
        assert answers == [(expected, [expected])] * 4
        await asyncio.gather(entering, return_exceptions=True)


async def test_cancelling_a_statement_leaves_no_connection_with_anothers_scope(acme: Tenancy, globex: Tenancy) -> None:
    async def dawdle() -> None:
        async with tenant_connection() as connection:
            await connection.execute("SELECT pg_sleep(1)")

    for tenant, other in ((acme, globex), (globex, acme)) * 3:
        with tenant_scope(tenant.record):
            asleep = [asyncio.create_task(dawdle()) for _ in range(3)]
        await asyncio.sleep(0.02)
        for task in asleep:
            task.cancel()
        with tenant_scope(other.record):
            answers = await asyncio.gather(*(whose() for _ in range(8)))
        assert answers == [(other.schema_name, [other.schema_name])] * 8
        await asyncio.gather(*asleep, return_exceptions=True)


def test_a_loop_ends_though_one_of_its_pools_tasks_has_missed_that(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it happens to one that is about to have a connection just then (``asyncio.wait_for`` until Python 3.12)."""
    work = AsyncConnectionPool.worker.__func__  # type: ignore[attr-defined]

    async def deaf(cls: object, queue: object) -> None:
        while True:
            with suppress(asyncio.CancelledError):
                return await work(cls, queue)

    async def ask() -> object:
        async with public_connection() as connection:
            return await (await connection.execute("SELECT 1")).fetchone()

    monkeypatch.setattr(AsyncConnectionPool, "worker", classmethod(deaf))
    assert asyncio.run(ask()) == (1,)
