"""Coming into a room, and how far one has read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from chat.commands.members import join, mark_read
from chat.policies import SERVER, Actor
from kit.errors import ParleyError
from tenants.scope import tenant_scope
from tests.chat.commands.stored import check_counted, draft, make_room, run, send
from tests.support.cast import Tenancy

ANN, BOB = Actor("ann"), Actor("bob")


async def refused(doing: Awaitable[object]) -> str:
    with pytest.raises(ParleyError) as refusal:
        await doing
    return refusal.value.code.name


async def test_joining_is_an_event_of_the_room_and_happens_once(people: Tenancy) -> None:
    with tenant_scope(people.record):
        assert await join(ANN, "general", "ann")
        assert not await join(ANN, "general", "ann")
    assert await run(people, "SELECT seq, kind, user_id FROM chat_message") == [(1, "member.joined", "ann")]
    assert await check_counted(people) == 1


async def test_joining_at_the_same_time_happens_once(people: Tenancy) -> None:
    with tenant_scope(people.record):
        joined = await asyncio.gather(*(join(ANN, "general", "ann") for _ in range(8)))
    assert sorted(joined) == [False] * 7 + [True]
    assert await check_counted(people) == 1


async def test_members_bring_people_into_a_private_room_and_outsiders_do_not(people: Tenancy) -> None:
    await make_room(people, "private", "private", "ann")
    with tenant_scope(people.record):
        assert await refused(join(BOB, "private", "bob")) == "not_allowed"
        assert await refused(join(BOB, "private", "carol")) == "not_allowed"
        assert await join(ANN, "private", "bob")
        assert await join(SERVER, "private", "carol", "moderator")
    assert await run(people, "SELECT user_id, role FROM chat_member ORDER BY user_id") == [
        ("ann", "member"),
        ("bob", "member"),
        ("carol", "moderator"),
    ]


async def test_a_token_that_names_a_private_room_lets_its_holder_in(people: Tenancy) -> None:
    await make_room(people, "private", "private", "ann")
    named = Actor("bob", rooms=frozenset({"private"}))
    with tenant_scope(people.record):
        assert await refused(join(Actor("bob", rooms=frozenset({"other"})), "private", "bob")) == "not_allowed"
        assert await join(named, "private", "bob")


@pytest.mark.parametrize(
    ("room", "user", "code"),
    [("nowhere", "ann", "room_not_found"), ("direct", "carol", "not_allowed"), ("old", "carol", "room_archived")],
)
async def test_where_nobody_can_be_brought_in(people: Tenancy, room: str, user: str, code: str) -> None:
    await make_room(people, "direct", "direct", "ann", "bob")
    await make_room(people, "old", "open", "ann")
    await run(people, "UPDATE chat_room SET archived_at = now() WHERE id = 'old'")
    with tenant_scope(people.record):
        assert await refused(join(ANN, room, user)) == code
        assert await refused(join(SERVER, "general", "nobody")) == "user_not_found"


async def test_only_owners_give_more_than_membership(people: Tenancy) -> None:
    await make_room(people, "room", "open", "ann")
    with tenant_scope(people.record):
        assert await refused(join(ANN, "room", "bob", "moderator")) == "not_allowed"
        await run(people, "UPDATE chat_member SET role = 'owner'")
        assert await join(ANN, "room", "bob", "moderator")


async def test_the_read_position_moves_forward_only_and_not_past_the_end(people: Tenancy) -> None:
    await make_room(people, "room", "private", "ann", "bob")
    await send(people, *(draft(room="room") for _ in range(5)))
    with tenant_scope(people.record):
        assert [await mark_read(BOB, "room", seq) for seq in (3, 2, 99, 4)] == [3, 3, 5, 5]


async def test_reading_an_open_room_gives_a_place_in_it_without_announcement(people: Tenancy) -> None:
    await send(people, draft(), draft())
    with tenant_scope(people.record):
        assert await mark_read(BOB, "general", 1) == 1
    assert await run(people, "SELECT user_id, read_seq FROM chat_member") == [("bob", 1)]
    assert await check_counted(people) == 2


async def test_who_may_not_read_has_no_position(people: Tenancy) -> None:
    await make_room(people, "private", "private", "ann")
    with tenant_scope(people.record):
        assert await refused(mark_read(BOB, "private", 1)) == "not_allowed"
        assert await refused(mark_read(BOB, "nowhere", 1)) == "room_not_found"
        assert await refused(mark_read(Actor("ann", rooms=frozenset()), "private", 1)) == "not_allowed"
    assert await run(people, "SELECT user_id FROM chat_member") == [("ann",)]
