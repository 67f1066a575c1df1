"""Making rooms: an id is taken once, and the same people have one direct conversation."""

from __future__ import annotations

import asyncio

import pytest

from chat.commands.rooms import create_room
from chat.policies import SERVER, Actor
from kit.errors import ParleyError
from tenants.scope import tenant_scope
from tests.chat.commands.stored import run
from tests.support.cast import Tenancy

ANN, BOB = Actor("ann"), Actor("bob")


async def test_whoever_makes_a_room_owns_it(people: Tenancy) -> None:
    with tenant_scope(people.record):
        made = await create_room(ANN, room_id="plans", kind="private", name="Plans", member_ids=["bob", "ann", "bob"])
    assert (made.id, made.is_new) == ("plans", True)
    members = await run(people, "SELECT user_id, role FROM chat_member ORDER BY user_id")
    assert members == [("ann", "owner"), ("bob", "member")]
    assert await run(people, "SELECT kind, created_by_id, last_seq FROM chat_room WHERE id = 'plans'") == [
        ("private", "ann", 0)
    ]


async def test_an_id_is_taken_once_also_at_the_same_moment(people: Tenancy) -> None:
    with tenant_scope(people.record):
        made = await asyncio.gather(
            *(create_room(actor, room_id="plans") for actor in (ANN, BOB) * 4), return_exceptions=True
        )
    refusals = [each.code.name for each in made if isinstance(each, ParleyError)]
    assert refusals == ["room_exists"] * 7


async def test_the_same_people_have_one_direct_conversation(people: Tenancy) -> None:
    with tenant_scope(people.record):
        made = await create_room(ANN, kind="direct", member_ids=["bob"])
        again = await create_room(BOB, kind="direct", member_ids=["ann", "bob"])
        by_server = await create_room(SERVER, kind="direct", member_ids=["bob", "ann"])
        three = await create_room(ANN, kind="direct", member_ids=["bob", "carol"])
        alone = await create_room(ANN, kind="direct")
    assert made.is_new
    assert [(each.id, each.is_new) for each in (again, by_server)] == [(made.id, False)] * 2
    assert len({made.id, three.id, alone.id}) == 3
    roles = await run(people, "SELECT DISTINCT role FROM chat_member")
    assert roles == [("member",)], "nobody owns a conversation"


async def test_a_direct_conversation_begun_by_both_at_once_is_one(people: Tenancy) -> None:
    with tenant_scope(people.record):
        made = await asyncio.gather(
            *(create_room(ANN, kind="direct", member_ids=["bob"]) for _ in range(4)),
            *(create_room(BOB, kind="direct", member_ids=["ann"]) for _ in range(4)),
        )
    assert len({each.id for each in made}) == 1
    assert sum(each.is_new for each in made) == 1
    assert await run(people, "SELECT count(*) FROM chat_member") == [(2,)]


@pytest.mark.parametrize(
    ("actor", "options", "code"),
    [
        (ANN, {"member_ids": ["nobody"]}, "user_not_found"),
        (ANN, {"kind": "direct", "member_ids": [f"u{number}" for number in range(30)]}, "invalid"),
        (SERVER, {"kind": "direct"}, "invalid"),
        (Actor("ann", rooms=frozenset({"general"})), {}, "not_allowed"),
        (ANN, {"room_id": "general"}, "room_exists"),
    ],
)
async def test_rooms_that_cannot_be_made(people: Tenancy, actor: Actor, options: dict[str, object], code: str) -> None:
    with tenant_scope(people.record), pytest.raises(ParleyError) as refusal:
        await create_room(actor, **options)  # type: ignore[arg-type]
    assert refusal.value.code.name == code
    assert await run(people, "SELECT count(*) FROM chat_room") == [(1,)], "only the first room is there"
