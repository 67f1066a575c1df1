"""Coming into a room, one's role there, and how far one has read."""

from __future__ import annotations

from chat.commands.recording import record_event
from chat.delivery.rooms import RoomKey
from chat.payloads import passing_payload, user_payload
from chat.policies import (
    Access,
    Actor,
    check_may_change_role,
    check_may_give_role,
    check_may_invite,
    check_may_join,
    check_token_names,
)
from chat.publishing import announce, pass_on
from kit.errors import NOT_ALLOWED, ROOM_NOT_FOUND, USER_NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import schema_in_scope


async def join(actor: Actor, room_id: str, user_id: str, role: str = "member") -> bool:
    """Make ``user_id`` a member: oneself, or somebody whom a member or the server brings in. Announced to the room.

    Returns False when the user was one already. Raises ParleyError ``room_not_found``, ``user_not_found``,
    ``not_allowed``, ``room_archived``.
    """
    async with tenant_connection() as connection, connection.transaction():
        access = await _lock_room(connection, room_id, actor)
        if actor.user_id == user_id:
            check_may_join(actor, room_id, access)
        else:
            check_may_invite(actor, access)
        check_may_give_role(actor, access, role)
        await _check_user(connection, user_id)
        if not await _insert(connection, room_id, user_id, role):
            return False
        event = await record_event(connection, room_id, "member.joined", user_id, {"role": role})
    await announce(RoomKey(schema_in_scope(), room_id), [event])
    return True


async def set_role(actor: Actor, room_id: str, user_id: str, role: str) -> None:
    """Give a member another role; announced to the room, unless it is the one that the member has.

    Raises ParleyError ``room_not_found``, ``user_not_found`` (no member of that id), ``not_allowed``.
    """
    async with tenant_connection() as connection, connection.transaction():
        access = await _lock_room(connection, room_id, actor)
        before = await _role(connection, room_id, user_id)
        if before is None:
            raise ParleyError(USER_NOT_FOUND, f"There is no member {user_id!r}.")
        if before == role:
            return
        check_may_change_role(actor, access)
        await connection.execute(
            "UPDATE chat_member SET role = %s WHERE room_id = %s AND user_id = %s", (role, room_id, user_id)
        )
        event = await record_event(connection, room_id, "member.updated", user_id, {"role": role})
    await announce(RoomKey(schema_in_scope(), room_id), [event])


async def _lock_room(connection: ScopedConnection, room_id: str, actor: Actor) -> Access:
    locked = await connection.execute(
        "SELECT kind, archived_at IS NOT NULL FROM chat_room WHERE id = %s FOR NO KEY UPDATE", (room_id,)
    )
    room = await locked.fetchone()
    if room is None:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    return Access(kind=room[0], role=await _role(connection, room_id, actor.user_id), archived=room[1])


async def _role(connection: ScopedConnection, room_id: str, user_id: str | None) -> str | None:
    found = await connection.execute(
        "SELECT role FROM chat_member WHERE room_id = %s AND user_id = %s", (room_id, user_id)
    )
    member = await found.fetchone()
    return member[0] if member else None


async def _check_user(connection: ScopedConnection, user_id: str) -> None:
    found = await connection.execute("SELECT FROM chat_user WHERE id = %s", (user_id,))
    if await found.fetchone() is None:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.")


async def _insert(connection: ScopedConnection, room_id: str, user_id: str, role: str) -> bool:
    inserted = await connection.execute(
        "INSERT INTO chat_member (room_id, user_id, role) VALUES (%s, %s, %s)"
        " ON CONFLICT (room_id, user_id) DO NOTHING",
        (room_id, user_id, role),
    )
    return inserted.rowcount == 1


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
