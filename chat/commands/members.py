"""Coming into a room, and how far one has read."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from chat.delivery.rooms import RoomKey
from chat.events import RoomEvent
from chat.payloads import passing_payload, user_payload
from chat.policies import (
    Access,
    Actor,
    check_may_invite,
    check_may_join,
    check_may_set_role,
    check_token_names,
)
from chat.publishing import announce, pass_on
from kit.errors import NOT_ALLOWED, ROOM_NOT_FOUND, USER_NOT_FOUND, ParleyError
from kit.ids import uuid7
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import schema_in_scope


async def join(actor: Actor, room_id: str, user_id: str, role: str = "member") -> bool:
    """Make ``user_id`` a member: oneself, or somebody whom a member or the server brings in. Announced to the room.

    Returns False when the user was one already. Raises ParleyError ``room_not_found``, ``user_not_found``,
    ``not_allowed``, ``room_archived``.
    """
    async with tenant_connection() as connection, connection.transaction():
        access = await _lock_room(connection, room_id, actor)
        _check(actor, room_id, user_id, role, access)
        event = await _insert(connection, room_id, user_id, role)
    if event is None:
        return False
    await announce(RoomKey(schema_in_scope(), room_id), [event])
    return True


def _check(actor: Actor, room_id: str, user_id: str, role: str, access: Access) -> None:
    if actor.user_id == user_id:
        check_may_join(actor, room_id, access)
    else:
        check_may_invite(actor, access)
    check_may_set_role(actor, access, role)


async def _lock_room(connection: ScopedConnection, room_id: str, actor: Actor) -> Access:
    locked = await connection.execute(
        "SELECT kind, archived_at IS NOT NULL FROM chat_room WHERE id = %s FOR NO KEY UPDATE", (room_id,)
    )
    room = await locked.fetchone()
    if room is None:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    roles = await connection.execute(
        "SELECT role FROM chat_member WHERE room_id = %s AND user_id = %s", (room_id, actor.user_id)
    )
    member = await roles.fetchone()
    return Access(kind=room[0], role=member[0] if member else None, archived=room[1])


async def _insert(connection: ScopedConnection, room_id: str, user_id: str, role: str) -> RoomEvent | None:
    user = await (await connection.execute("SELECT name, avatar FROM chat_user WHERE id = %s", (user_id,))).fetchone()
    if user is None:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")
    parameters = {
        "id": uuid7(),
        "room": room_id,
        "user": user_id,
        "role": role,
        "data": Jsonb({"role": role}),
    }
    stored: tuple[Any, ...] | None = await (await connection.execute(_JOIN, parameters)).fetchone()
    if stored is None:
        return None
    message_id, seq, created_at = stored
    return RoomEvent(
        room_id=room_id,
        id=message_id,
        seq=seq,
        changed_seq=seq,
        kind="member.joined",
        user_id=user_id,
        user_name=user[0],
        user_avatar=user[1] or None,
        client_id=None,
        text="",
        data={"role": role},
        created_at=created_at,
    )


_JOIN = """
    WITH joined AS (
        INSERT INTO chat_member (room_id, user_id, role) VALUES (%(room)s, %(user)s, %(role)s)
        ON CONFLICT (room_id, user_id) DO NOTHING RETURNING room_id
    ), counted AS (
        UPDATE chat_room room SET last_seq = last_seq + 1 FROM joined WHERE room.id = joined.room_id
        RETURNING room.id, room.last_seq
    )
    INSERT INTO chat_message (id, room_id, seq, changed_seq, kind, user_id, data, created_at)
    SELECT %(id)s, id, last_seq, last_seq, 'member.joined', %(user)s, %(data)s, clock_timestamp() FROM counted
    RETURNING id, seq, created_at
"""


async def mark_read(actor: Actor, room_id: str, seq: int) -> int:
    """Note that the actor has read up to ``seq``; it never moves back nor past the room's last. One statement.

    Somebody who reads an open room without having joined gets a place in it, without announcement. Returns the
    position. Raises ParleyError ``room_not_found`` or ``not_allowed``.
    """
    check_token_names(actor, room_id)
    async with tenant_connection() as connection:
        cursor = await connection.execute(_MARK_READ, {"room": room_id, "user": actor.user_id, "seq": seq})
        row = await cursor.fetchone()
    if row is None:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    position, before, open_to_actor = row[0], row[1], row[2]
    if position is None:
        if not open_to_actor:
            raise ParleyError(NOT_ALLOWED, "This room is for its members.")
        position = before or 0
    if position != before:
        user = user_payload(actor.user_id or "", actor.name)
        pass_on(RoomKey(schema_in_scope(), room_id), passing_payload("read.moved", room_id, user, seq=position))
    return int(position)


_MARK_READ = """
    WITH room AS (SELECT id, kind, last_seq FROM chat_room WHERE id = %(room)s
    ), before AS (
        SELECT read_seq FROM chat_member WHERE room_id = %(room)s AND user_id = %(user)s
    ), moved AS (
        INSERT INTO chat_member AS member (room_id, user_id, read_seq)
        SELECT room.id, %(user)s, LEAST(%(seq)s, room.last_seq) FROM room
        WHERE room.kind = 'open' OR EXISTS (SELECT FROM before)
        ON CONFLICT (room_id, user_id) DO UPDATE SET read_seq = excluded.read_seq
        WHERE member.read_seq < excluded.read_seq
        RETURNING read_seq
    )
    SELECT (SELECT read_seq FROM moved), (SELECT read_seq FROM before),
        room.kind = 'open' OR EXISTS (SELECT FROM before)
    FROM room
"""
