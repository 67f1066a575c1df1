"""A chat command that was written as none of ours is: it puts what somebody says into its SQL. What such a statement
may do is what the tenant's role may, and one statement it stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tenants.connections import close_pool, tenant_connection
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy
from tests.support.tables import change, fill, make_user

MINE, THEIRS = "said-by-acme", "said-by-globex"

REFUSED = {
    "a neighbour's schema": "' UNION SELECT text FROM {other}.chat_message --",
    "a neighbour's function": "' UNION SELECT {other}.search_query('simple', 'a', '')::text --",
    "accounts": "' UNION SELECT email FROM public.tenants_account --",
    "keys": "' UNION SELECT digest FROM public.tenants_apikey --",
    "sessions": "' UNION SELECT session_data FROM public.django_session --",
    "passwords of roles": "' UNION SELECT rolpassword FROM pg_authid --",
    "a file": "' UNION SELECT pg_read_file('/etc/passwd') --",
    "a folder": "' UNION SELECT pg_ls_dir('/') --",
    "a file as a large object": "' UNION SELECT lo_import('/etc/passwd')::text --",
    "others' connections": "' UNION SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity --",
    "a program": "'; COPY chat_message TO PROGRAM 'id' --",
    "another role": "'; SET ROLE {other} --",
    "no role": "'; RESET ROLE --",
    "another user": "'; SET SESSION AUTHORIZATION postgres --",
    "another path": "'; SET search_path = {other} --",
    "a block": "'; DO $$ BEGIN EXECUTE 'RESET ROLE'; END $$ --",
    "a trap for others": "'; CREATE TEMP TABLE chat_room (id text) --",
    "a user by a function": "' UNION SELECT set_config('session_authorization', 'postgres', false) --",
    "a right that only a superuser gives": "' UNION SELECT set_config('session_replication_role', 'replica', false) --",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def one_connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """So that whatever a statement leaves behind is found by the next."""
    monkeypatch.setattr(settings, "DATABASE_POOL_SIZE", 1)
    yield
    await close_pool()


@pytest.fixture
def two(acme: Tenancy, globex: Tenancy) -> tuple[Tenancy, Tenancy]:
    for tenant, text in ((acme, MINE), (globex, THEIRS)):
        make_user(tenant, "writer")
        fill(tenant, 1)
        change(tenant, "UPDATE chat_message SET text = %s", text)
    return acme, globex


async def _find(tenant: Tenancy, words: str) -> list[Any]:
    """The command."""
    statement = f"SELECT text FROM chat_message WHERE room_id = %(room)s AND text LIKE '%%{words}%%'"
    with tenant_scope(tenant.record):
        async with tenant_connection() as connection:
            return await (await connection.execute(statement, {"room": "general"})).fetchall()


async def _standing(tenant: Tenancy) -> tuple[str, str]:
    with tenant_scope(tenant.record):
        async with tenant_connection() as connection:
            cursor = await connection.execute("SELECT current_user::text, current_setting('search_path')")
            found: tuple[str, str] = await cursor.fetchone() or ("", "")
    return found


@pytest.mark.parametrize("words", REFUSED.values(), ids=REFUSED)
async def test_injected_sql_stays_inside_its_role(two: tuple[Tenancy, Tenancy], words: str) -> None:
    mine, other = two
    with pytest.raises(psycopg.Error) as refused:
        await _find(mine, words.format(other=other.schema_name))
    assert refused.value.sqlstate in {"42501", "42601", "42883", "0LP01"}, refused.value
    assert THEIRS not in str(refused.value)
    assert await _standing(mine) == (mine.schema_name, mine.schema_name)
    assert await _find(other, "") == [(THEIRS,)]


async def test_injected_sql_gets_all_of_its_own_tenant_and_what_is_everybodys(two: tuple[Tenancy, Tenancy]) -> None:
    mine, other = two
    everything = "' UNION SELECT row_to_json(it)::text FROM chat_message it UNION SELECT query FROM pg_stat_activity --"
    found = repr(await _find(mine, everything))
    assert MINE in found
    assert THEIRS not in found
    names = repr(await _find(mine, "' UNION SELECT nspname FROM pg_namespace --"))
    assert other.schema_name in names  # they say nothing; SECURITY.md has them


async def test_a_function_that_changes_the_role_is_what_is_left(two: tuple[Tenancy, Tenancy]) -> None:
    """SECURITY.md says so: PostgreSQL lets everybody call it, and who may become a tenant may become another. It is
    known here, so that whoever closes it finds out."""
    mine, other = two
    await _find(mine, f"' UNION SELECT set_config('role', '{other.schema_name}', false) --")
    assert (await _standing(mine))[0] == other.schema_name
