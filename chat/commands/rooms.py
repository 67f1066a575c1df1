"""Making rooms."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.errors import UniqueViolation

from chat.models import MemberRole, Room, RoomKind
from chat.policies import Actor
from kit.errors import INVALID, NOT_ALLOWED, ROOM_EXISTS, USER_NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection, tenant_connection

_MOST_DIRECT = 20


@dataclass(frozen=True, slots=True)
class MadeRoom:
    """``is_new`` is False when a direct conversation of the same people was there already."""

    id: str
    is_new: bool


async def create_room(
    actor: Actor,
    *,
    room_id: str | None = None,
    kind: str = RoomKind.OPEN,
    name: str = "",
    topic: str = "",
    member_ids: Sequence[str] = (),
) -> MadeRoom:
    """A room with its first members; whoever makes it owns it.

    Raises ParleyError ``room_exists``, ``user_not_found``, ``not_allowed``, ``invalid``.
    """
    if actor.rooms is not None:
        raise ParleyError(NOT_ALLOWED, "A token for certain rooms makes no others.")
    people = list(dict.fromkeys([*([actor.user_id] if actor.user_id else []), *member_ids]))
    direct_key = _direct_key(people) if kind == RoomKind.DIRECT else None
    room = Room(kind=kind, name=name, topic=topic, direct_key=direct_key)
    if room_id is not None:
        room.id = room_id
    try:
        async with tenant_connection() as connection, connection.transaction():
            await _check_people(connection, people)
            await _insert(connection, room, actor)
            await _insert_members(connection, room, people, actor)
    except UniqueViolation as taken:
        if direct_key is not None and "direct_key" in (taken.diag.constraint_name or ""):
            return MadeRoom(await _direct_room(direct_key), is_new=False)
        raise ParleyError(ROOM_EXISTS, f"There is a room {room.id!r} already.") from None
    return MadeRoom(room.id, is_new=True)


def _direct_key(people: Sequence[str]) -> str:
    """The same set of people, the same key."""
    if not 1 <= len(people) <= _MOST_DIRECT:
        raise ParleyError(
            INVALID,
            f"A direct conversation is for 1 to {_MOST_DIRECT} people.",
            errors=[{"field": "members", "code": "count"}],
        )
    return hashlib.sha256("\x00".join(sorted(people)).encode()).hexdigest()


async def _check_people(connection: ScopedConnection, people: Sequence[str]) -> None:
    cursor = await connection.execute(
        "SELECT given FROM unnest(%s::text[]) given WHERE NOT EXISTS (SELECT FROM chat_user WHERE id = given)",
        (list(people),),
    )
    unknown = await cursor.fetchone()
    if unknown:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {unknown[0]!r}.")


async def _insert(connection: ScopedConnection, room: Room, actor: Actor) -> None:
    await connection.execute(
        "INSERT INTO chat_room (id, kind, name, topic, epoch, direct_key, created_by_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (room.id, str(room.kind), room.name, room.topic, room.epoch, room.direct_key, actor.user_id),
    )


async def _insert_members(connection: ScopedConnection, room: Room, people: Sequence[str], actor: Actor) -> None:
    equal = room.kind == RoomKind.DIRECT
    roles = [str(MemberRole.OWNER if person == actor.user_id and not equal else MemberRole.MEMBER) for person in people]
    await connection.execute(
        "INSERT INTO chat_member (room_id, user_id, role) SELECT %s, * FROM unnest(%s::text[], %s::text[])",
        (room.id, list(people), roles),
    )


async def _direct_room(direct_key: str) -> str:
    async with tenant_connection() as connection:
        cursor = await connection.execute("SELECT id FROM chat_room WHERE direct_key = %s", (direct_key,))
        row = await cursor.fetchone()
    assert row is not None
    return str(row[0])
