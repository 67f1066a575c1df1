"""What sockets and the writer ask finds its rows by index, also where tables were empty when the plan was made."""

from __future__ import annotations

import re

import pytest

from chat.queries import timeline
from tenants.connections import tenant_connection
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy

STATEMENTS = {
    "snapshot": timeline._SNAPSHOT,
    "events after": timeline._EVENTS_AFTER,
    "history forward": timeline._HISTORY_FORWARD,
    "history backward": timeline._HISTORY_BACKWARD,
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
async def test_no_table_is_read_from_end_to_end(acme: Tenancy, statement: str) -> None:
    plan = await generic_plan(acme, statement)
    assert "Seq Scan on chat_" not in plan
    assert "Index" in plan


async def test_nor_by_the_function_that_stores(acme: Tenancy) -> None:
    with tenant_scope(acme):
        async with tenant_connection() as connection:
            cursor = await connection.execute("SELECT prosrc FROM pg_proc WHERE oid = 'store_messages'::regproc")
            [(source,)] = await cursor.fetchall()
    lock, store, _ = source.partition("BEGIN")[2].split(";")
    lock = lock.replace("PERFORM", "SELECT").replace("ANY (rooms)", "ANY (%s)")
    store = store.replace("RETURN QUERY", "").replace(
        "(ids, rooms, users, clients, texts)", "(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])"
    )
    for statement in (lock, store):
        plan = await generic_plan(acme, statement)
        assert "Seq Scan on chat_" not in plan
        assert "Index" in plan


async def test_one_that_has_no_index_would_be_found_out(acme: Tenancy) -> None:
    assert "Seq Scan on chat_message" in await generic_plan(acme, "SELECT id FROM chat_message WHERE text = %s")


async def test_later_changes_have_an_index_of_their_own(acme: Tenancy) -> None:
    plan = await generic_plan(acme, timeline._EVENTS_AFTER)
    assert "message_changes" in plan
    assert "one_message_per_seq" in plan


async def generic_plan(tenant: Tenancy, statement: str) -> str:
    """PostgreSQL's plan for whatever the parameters will be."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${names.setdefault(match[1] or str(len(names)), len(names) + 1)}"

    numbered = re.sub(r"%(?:\((\w+)\))?s", number, statement)
    with tenant_scope(tenant):
        async with tenant_connection() as connection:
            cursor = await connection.execute(f"EXPLAIN (GENERIC_PLAN) {numbered}")
            return "\n".join(line for (line,) in await cursor.fetchall())
