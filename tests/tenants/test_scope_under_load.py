"""Many tenants at once, through threads, tasks and both ways to the database: everybody sees only their own."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from chat.models import Room
from tenants.connections import close_pool, tenant_connection
from tenants.scope import schema_in_scope, tenant_scope
from tests.support.cast import Tenancy, make_tenant

TENANTS = 6  # more than the pools have connections


@pytest.fixture(scope="module")
def crowd(database: None) -> list[Tenancy]:
    """Tenants whose ``general`` is named after their schema."""
    tenants = [make_tenant("crowd") for _ in range(TENANTS)]
    for tenant in tenants:
        with tenant_scope(tenant.record):
            Room.objects.update(name=tenant.schema_name)
    connections.close_all()
    return tenants


def read() -> str:
    return Room.objects.get(id="general").name


def read_twice_in_a_transaction() -> str:
    with transaction.atomic("tenant"):
        first = read()
        assert first == read()
    return first


async def read_raw() -> str:
    async with tenant_connection() as connection:
        [name] = await (await connection.execute("SELECT name FROM chat_room WHERE id = 'general'")).fetchone()
        return str(name)


async def read_orm() -> str:
    return (await Room.objects.aget(id="general")).name


async def read_in_a_thread() -> str:
    def read_and_give_back() -> str:
        try:
            return read_twice_in_a_transaction()
        finally:
            connections.close_all()

    return await sync_to_async(read_and_give_back, thread_sensitive=False)()


async def test_interleaved_tasks_each_read_their_own(crowd: list[Tenancy]) -> None:
    async def visit(tenant: Tenancy, pick: random.Random) -> list[str]:
        seen = []
        with tenant_scope(tenant.record):
            for _ in range(20):
                seen.append(await pick.choice((read_raw, read_orm, read_in_a_thread))())
                await asyncio.sleep(pick.choice((0, 0, 0.001)))
                assert schema_in_scope() == tenant.schema_name
        return seen

    visits = [(tenant, random.Random(number)) for number, tenant in enumerate(crowd * 6)]
    async with asyncio.timeout(60):
        seen = await asyncio.gather(*(visit(tenant, pick) for tenant, pick in visits))
    await close_pool()
    assert seen == [[tenant.schema_name] * 20 for tenant, _ in visits]


async def test_cancelling_some_does_not_mislead_the_others(crowd: list[Tenancy]) -> None:
    async def visit(tenant: Tenancy) -> set[str]:
        with tenant_scope(tenant.record):
            return {await read_raw() for _ in range(25)}

    visits = [asyncio.create_task(visit(tenant)) for tenant in crowd * 4]
    pick = random.Random(4408)
    doomed = visits[::3]
    for task in doomed:
        await asyncio.sleep(pick.random() / 200)
        task.cancel()
    async with asyncio.timeout(60):
        seen = await asyncio.gather(*visits, return_exceptions=True)
    await close_pool()
    finished = [(names, tenant) for names, tenant in zip(seen, crowd * 4, strict=True) if isinstance(names, set)]
    assert len(finished) >= len(visits) - len(doomed)
    assert all(names == {tenant.schema_name} for names, tenant in finished)


def test_threads_each_read_their_own(crowd: list[Tenancy]) -> None:
    def visit(number: int) -> bool:
        tenant = crowd[number % TENANTS]
        try:
            with tenant_scope(tenant.record):
                return read_twice_in_a_transaction() == read() == tenant.schema_name
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(visit, range(600)))


def test_a_thread_of_its_own_starts_outside_any_scope(acme: Tenancy) -> None:
    with tenant_scope(acme.record), ThreadPoolExecutor(1) as threads:
        future = threads.submit(schema_in_scope)
    assert "tenant_scope" in str(future.exception())
