"""A tenant is served the moment it is made, however many others are being made: see ``scope.reading_roles_anew``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count
from threading import Event

import psycopg
import pytest
from django.db import connections, transaction
from psycopg import sql

from tenants import connections as raw
from tenants.connections import close_pool, connection_parameters, tenant_connection
from tenants.postgresql import base as orm
from tenants.schemas import new_schema_name
from tenants.scope import SchemaOnly, tenant_scope

LONG_STANDING = 300  # so that the list of roles takes a while to make
MOST = 3_000
ENOUGH = 3  # refusals mended, in each of the two ways to the database


class Roles:
    """As ``create_schema`` makes them, but for the schema."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.made: list[str] = []
        self._connection = connection

    def make(self) -> None:
        name = new_schema_name()
        with self._connection.transaction():
            self._connection.execute(
                sql.SQL("CREATE ROLE {0} NOLOGIN NOINHERIT; GRANT {0} TO CURRENT_USER").format(sql.Identifier(name))
            )
        self.made.append(name)

    def drop(self) -> None:
        self._connection.execute(sql.SQL("DROP ROLE {}").format(sql.SQL(", ").join(map(sql.Identifier, self.made))))


@pytest.fixture
def roles() -> Iterator[Roles]:
    with psycopg.connect(**connection_parameters(), autocommit=True) as connection:
        roles = Roles(connection)
        for _ in range(LONG_STANDING):
            roles.make()
        yield roles
        roles.drop()


@pytest.fixture
def healed(monkeypatch: pytest.MonkeyPatch) -> dict[object, int]:
    """How often PostgreSQL had refused a role that it had granted, for each way to the database."""
    counts: dict[object, int] = {raw: 0, orm: 0}

    def counting(way: object, look_again):
        def count_and_look_again(schema: str):
            counts[way] += 1
            return look_again(schema)

        return count_and_look_again

    for way in counts:
        monkeypatch.setattr(way, "reading_roles_anew", counting(way, way.reading_roles_anew))
    return counts


async def test_no_tenant_is_refused_while_others_are_made(roles: Roles, healed: dict[object, int]) -> None:
    over = Event()

    def make() -> None:
        while not over.wait(0.002):
            roles.make()

    def enter_by_the_orm() -> None:
        try:
            for turn in count():
                if over.is_set():
                    return
                newest = roles.made[-1]
                either = transaction.atomic("tenant") if turn % 2 else nullcontext()
                with tenant_scope(SchemaOnly(newest)), either, connections["tenant"].cursor() as cursor:
                    cursor.execute("SELECT current_user::text")
                    assert cursor.fetchone() == (newest,)
        finally:
            connections.close_all()

    async def enter_raw() -> None:
        while len(roles.made) < MOST and min(healed.values()) < ENOUGH:
            newest = roles.made[-1]
            with tenant_scope(SchemaOnly(newest)):
                async with tenant_connection() as connection:
                    assert await (await connection.execute("SELECT current_user::text")).fetchone() == (newest,)

    try:
        with ThreadPoolExecutor(2) as threads:
            making, entering = threads.submit(make), threads.submit(enter_by_the_orm)
            try:
                await asyncio.gather(enter_raw(), enter_raw())
            finally:
                over.set()
            making.result(), entering.result()
    finally:
        await close_pool()
