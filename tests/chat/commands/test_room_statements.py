"""What it costs to change rooms and memberships: counted where psycopg sends statements."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import UTC, datetime

import pytest

from chat.commands.bans import ban, lift_ban
from chat.commands.importing import OldMessage, import_messages
from chat.commands.members import join, mark_read, mute, place, remove
from chat.commands.profiles import Profile, save_users
from chat.commands.rooms import update_room
from chat.policies import SERVER, Actor
from chat.queries.bans import bans
from chat.queries.rooms import room_for, rooms_for
from tenants.audit import arecord
from tenants.connections import tenant_connection
from tenants.scope import tenant_scope
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import check_counted, make_room, run
from tests.support.cast import Tenancy

ANN, BOB = Actor("ann"), Actor("bob")
MANY = [f"u{number}" for number in range(100)]
ENTRY = 3
"""Statements for an entry in the audit log, in a transaction of its own, however many it is about."""
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


async def cost(tenant: Tenancy, doing: Awaitable[object]) -> tuple[int, int]:
    """Statements and transactions."""
    with tenant_scope(tenant.record), counted() as seen:
        await doing
    return seen["statements"], seen["begin"]


@pytest.fixture
async def room(people: Tenancy) -> Tenancy:
    await make_room(people, "room", "private", "ann", "bob")
    await run(people, "UPDATE chat_member SET role = 'owner' WHERE user_id = 'ann'")
    await run(people, "INSERT INTO chat_user (id, name) SELECT 'u' || n, 'N' FROM generate_series(0, 99) n")
    await arecord(people.record, "test.begun")  # a tenant's first entry costs more
    return people


async def test_lock_judge_do_and_record_are_one_statement_each(room: Tenancy) -> None:
    costs = {
        "change": await cost(room, update_room(ANN, "room", {"topic": "New", "name": "Newer"})),
        "join": await cost(room, join(ANN, "room", "carol")),
        "change a role": await cost(room, place(ANN, "room", {"bob": "moderator"})),
        "leave": await cost(room, remove(BOB, "room", "bob")),
    }
    assert costs == dict.fromkeys(costs, (4, 1))
    moderation = {
        "remove": await cost(room, remove(ANN, "room", "carol")),
        "freeze": await cost(room, update_room(ANN, "room", {"frozen": True})),
        "ban": await cost(room, ban(ANN, "room", "carol")),  # and the decision
        "lift a ban": await cost(room, lift_ban(ANN, "room", "carol")),
    }
    assert moderation == dict.fromkeys(moderation, (4 + ENTRY, 2))
    await check_counted(room, "room")


async def test_what_changes_nothing_is_not_recorded(room: Tenancy) -> None:
    assert await cost(room, update_room(ANN, "room", {"topic": "", "archived": False})) == (2, 1)
    assert await cost(room, place(ANN, "room", {"bob": "member"})) == (2, 1)
    assert await check_counted(room, "room") == 0


async def test_a_hundred_cost_no_more_than_one(room: Tenancy) -> None:
    assert await cost(room, place(ANN, "room", dict.fromkeys(MANY, "member"))) == (4, 1)
    old = [OldMessage(user, "c1", "hi", LONG_AGO) for user in MANY]
    assert await cost(room, import_messages(room.record, "room", old)) == (3 + ENTRY, 2)
    assert await check_counted(room, "room") == 200
    assert await cost(room, place(SERVER, "room", dict.fromkeys(MANY, "moderator"))) == (4 + ENTRY, 2)
    assert await cost(room, save_users([Profile(user, "New", None) for user in MANY])) == (1 + ENTRY, 1)
    assert await cost(room, save_users([Profile(user, "New", None) for user in MANY])) == (1, 0)  # nothing is new


async def test_what_is_only_read_or_ones_own_is_one_statement(room: Tenancy) -> None:
    costs = Counter(
        [
            await cost(room, rooms_for(ANN, limit=50)),
            await cost(room, room_for(ANN, "room")),
            await cost(room, bans(SERVER, "room", limit=50)),
            await cost(room, mute(ANN, "room", muted=True)),
            await cost(room, mark_read(ANN, "room", 0)),
        ]
    )
    assert costs == {(1, 0): 5}


async def test_what_happens_to_a_room_waits_for_the_webhooks_and_what_is_imported_does_not(room: Tenancy) -> None:
    await run(room, "INSERT INTO chat_webhookendpoint (id, url, sealed_secret) VALUES ('we_1', 'https://a.test', '')")
    with tenant_scope(room.record):
        await place(ANN, "room", {"carol": "member", "bob": "moderator"})
        await import_messages(room.record, "room", [OldMessage("ann", "c1", "hi", LONG_AGO)])
        await ban(ANN, "room", "carol")
        await update_room(SERVER, "room", {"frozen": True})
    assert await run(room, "SELECT type, room_id, seq FROM chat_outboxevent ORDER BY id") == [
        ("member.joined", "room", 1),
        ("member.updated", "room", 2),
        ("member.left", "room", 4),
        ("room.updated", "room", 5),
    ]


async def test_who_is_removed_while_reading_does_not_come_back_by_it(room: Tenancy) -> None:
    """The membership goes between the moment at which the statement looks and the one at which it writes."""
    await run(room, "UPDATE chat_room SET last_seq = 5 WHERE id = 'room'")
    with tenant_scope(room.record):
        async with tenant_connection() as connection, connection.transaction():
            await connection.execute("DELETE FROM chat_member WHERE user_id = 'bob'")
            reading = asyncio.create_task(mark_read(BOB, "room", 5))
            await asyncio.sleep(0.1)
        await reading
    assert await run(room, "SELECT user_id FROM chat_member WHERE user_id = 'bob'") == []
