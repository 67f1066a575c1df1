"""What sockets and the writer ask finds its rows by index, also where tables were empty when the plan was made."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from chat.commands import editing, importing, locking, members, pins, reactions, recording
from chat.queries import bans, messages, rooms, search, timeline
from tenants.connections import tenant_connection
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy

_SCAN = "Seq Scan on chat_(?!webhookendpoint)"  # of which a tenant has a handful
STATEMENTS = {
    "snapshot": timeline._SNAPSHOT,
    "events after": timeline._EVENTS_AFTER,
    "history forward": timeline._HISTORY_FORWARD,
    "history backward": timeline._HISTORY_BACKWARD,
    "search": search._SEARCH,
    "lock a room": locking._LOCK,
    "who is concerned": locking._PLACES,
    "record events": recording._RECORD,
    "import": importing._IMPORT,
    "mark as read": members._MARK_READ,
    "mute": members._MUTE,
    "the others": members._OTHERS,
    "bans": bans._BANS,
    "one message": messages._MESSAGE,
    "replies": messages._REPLIES,
    "pinned": messages._PINS,
    "earlier wordings": messages._WORDINGS,
    "edit": editing._EDIT,
    "delete": editing._DELETE,
    "react": reactions._ADD,
    "take a reaction back": reactions._REMOVE,
    "pin": pins._PIN,
    "unpin": pins._UNPIN,
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
async def test_no_table_is_read_from_end_to_end(standing: Tenancy, statement: str) -> None:
    plan = await generic_plan(standing, statement)
    assert not re.search(_SCAN, plan)
    assert "Index" in plan


@pytest.mark.parametrize("name", ["_PLAIN", "_RICH"])
async def test_nor_by_the_function_that_stores(standing: Tenancy, name: str) -> None:
    statement: str = getattr(import_module("chat.migrations.0014_moderation"), name)
    statement = statement.replace("extras ->", "%s::jsonb ->").replace(
        "(ids, rooms, users, clients, texts)", "(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])"
    )
    plan = await generic_plan(standing, statement)
    assert not re.search(_SCAN, plan)
    assert "Index" in plan


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT FROM chat_room WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE",
        "SELECT FROM chat_ban WHERE room_id = ANY (%s)",
        "SELECT FROM chat_mute WHERE room_id = ANY (%s)",
        "SELECT FROM chat_block WHERE user_id = ANY (%s)",
    ],
)
async def test_nor_by_what_it_asks_first(standing: Tenancy, statement: str) -> None:
    source = import_module("chat.migrations.0014_moderation")._STORE.replace("frozen_at, slow_seconds ", "")
    assert statement.replace("%s", "users" if "user_id" in statement else "rooms") in source
    assert "Seq Scan" not in await generic_plan(standing, statement)


async def test_one_that_has_no_index_would_be_found_out(acme: Tenancy) -> None:
    assert "Seq Scan on chat_message" in await generic_plan(acme, "SELECT id FROM chat_message WHERE text = %s")


async def test_later_changes_have_an_index_of_their_own(acme: Tenancy) -> None:
    plan = await generic_plan(acme, timeline._EVENTS_AFTER)
    assert "message_changes" in plan
    assert "one_message_per_seq" in plan


async def test_messages_that_name_somebody_have_one_too(acme: Tenancy) -> None:
    assert "message_mentions" in await generic_plan(acme, rooms._ROOMS)


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
