"""Coming into a room and leaving it, one's role there, and how far one has read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chat.commands.auditing import record_act, record_roles
from chat.commands.locking import LockedRoom, lock_room
from chat.commands.recording import record_event, record_events
from chat.delivery.rooms import RoomKey
from chat.events import RoomEvent
from chat.models import MemberRole
from chat.payloads import passing_payload, user_payload
from chat.policies import (
    Actor,
    check_may_change_role,
    check_may_give_role,
    check_may_invite,
    check_may_join,
    check_may_leave,
    check_may_read,
    check_may_remove,
    check_not_banned,
    check_owner_remains,
    check_token_names,
)
from chat.publishing import announce, pass_on
from chat.queries.access import BANNED as IS_BANNED
from kit.errors import BANNED, NOT_ALLOWED, ROOM_NOT_FOUND, USER_NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import schema_in_scope


@dataclass(frozen=True, slots=True)
class Placed:
    """Who came in, and whose role is another now; in the order in which they were named."""

    joined: list[str]
    changed: list[str]


async def join(actor: Actor, room_id: str, user_id: str, role: str | None = None) -> bool:
    """As ``place``, for one. Returns False for somebody who was a member."""
    return bool((await place(actor, room_id, {user_id: role})).joined)


async def place(actor: Actor, room_id: str, roles: Mapping[str, str | None], *, recorded: bool = True) -> Placed:
    """Give each user a place in the room: who is none yet becomes a member, who is one gets the role. Without a role a
    new member is a plain one and another keeps what there is. All of them or, when one is refused, none. Announced to
    the room, and in the audit log what the server does, unless the caller records it (``recorded``).

    Raises ParleyError ``room_not_found``, ``user_not_found``, ``not_allowed``, ``banned``, ``room_archived``,
    ``last_owner``.
    """
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, actor, room_id, *roles)
        for user_id, role in roles.items():
            _check_may_place(actor, room_id, room, user_id, role or MemberRole.MEMBER)
        new = {user_id: role or MemberRole.MEMBER for user_id, role in roles.items() if not room.places[user_id].role}
        changed = {
            user_id: role for user_id, role in roles.items() if role and room.places[user_id].role not in (None, role)
        }
        events = await _insert(connection, room_id, new) if new else []
        if changed:
            await _check_may_change(connection, actor, room_id, room, changed)
            events += await _change_roles(connection, room_id, changed)
    if events:
        await announce(RoomKey(schema_in_scope(), room_id), events)
    if recorded and actor.is_server:
        await record_roles("added", room_id, new, {})
        await record_roles("role_changed", room_id, changed, {user: room.places[user].role or "" for user in changed})
    return Placed(list(new), list(changed))


def _check_may_place(actor: Actor, room_id: str, room: LockedRoom, user_id: str, role: str) -> None:
    if actor.user_id == user_id:
        check_may_join(actor, room_id, room.access)
    else:
        check_not_banned(room.access)
        check_may_invite(actor, room.access)
    place = room.place_of(user_id)
    if place.role is None:
        check_may_give_role(actor, room.access, role)
        if place.banned:
            raise ParleyError(BANNED, f"{user_id!r} is banned from this room.")


async def _insert(connection: ScopedConnection, room_id: str, roles: Mapping[str, str]) -> list[RoomEvent]:
    await connection.execute(
        "INSERT INTO chat_member (room_id, user_id, role) SELECT %s, * FROM unnest(%s::text[], %s::text[])"
        # Marking as read makes members without the lock.
        " ON CONFLICT (room_id, user_id) DO UPDATE SET role = excluded.role",
        (room_id, list(roles), list(map(str, roles.values()))),
    )
    return await _record_roles(connection, room_id, "member.joined", roles)


async def _check_may_change(
    connection: ScopedConnection, actor: Actor, room_id: str, room: LockedRoom, roles: Mapping[str, str]
) -> None:
    check_may_change_role(actor, room.access)
    steps_down = not actor.is_server and actor.user_id in roles
    if steps_down and MemberRole.OWNER not in roles.values():
        _, owners = await _others(connection, room_id, roles)
        check_owner_remains(members=True, owners=owners)


async def _change_roles(connection: ScopedConnection, room_id: str, roles: Mapping[str, str]) -> list[RoomEvent]:
    await connection.execute(
        "UPDATE chat_member member SET role = given.role FROM unnest(%s::text[], %s::text[]) given (user_id, role)"
        " WHERE member.room_id = %s AND member.user_id = given.user_id",
        (list(roles), list(map(str, roles.values())), room_id),
    )
    return await _record_roles(connection, room_id, "member.updated", roles)


async def _record_roles(
    connection: ScopedConnection, room_id: str, kind: str, roles: Mapping[str, str]
) -> list[RoomEvent]:
    happened = [(user_id, {"role": str(role)}) for user_id, role in roles.items()]
    return await record_events(connection, room_id, kind, happened)


async def remove(actor: Actor, room_id: str, user_id: str, *, recorded: bool = True) -> None:
    """End a membership: one's own, or that of somebody who is sent away. Announced to the room; it is the last that
    the user's sockets hear of it. Who is sent away is in the audit log, unless the caller records it (``recorded``).

    Raises ParleyError ``room_not_found``, ``user_not_found`` (no member of that id), ``not_allowed``, ``last_owner``.
    """
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, actor, room_id, user_id)
        leaves = actor.user_id == user_id
        if leaves:
            check_may_read(actor, room_id, room.access)
            check_may_leave(room.access)
        else:
            check_may_remove(actor, room.access, room.places[user_id].role)
        if room.places[user_id].role is None:
            raise ParleyError(USER_NOT_FOUND, f"There is no member {user_id!r}.")
        if leaves and room.access.role == MemberRole.OWNER:
            members, owners = await _others(connection, room_id, [user_id])
            check_owner_remains(members=members, owners=owners)
        event = await end_membership(connection, room_id, user_id, "left" if leaves else "removed")
    await announce(RoomKey(schema_in_scope(), room_id), [event])
    if recorded and not leaves:
        before = {"room": room_id, "role": room.places[user_id].role}
        await record_act(actor, "member.removed", f"user:{user_id}", before=before)


async def end_membership(connection: ScopedConnection, room_id: str, user_id: str, reason: str) -> RoomEvent:
    """Delete the member and record why: ``left``, ``removed``, ``banned``. The caller's transaction holds the room."""
    await connection.execute("DELETE FROM chat_member WHERE room_id = %s AND user_id = %s", (room_id, user_id))
    return await record_event(connection, room_id, "member.left", user_id, {"reason": reason})


async def _others(connection: ScopedConnection, room_id: str, user_ids: Iterable[str]) -> tuple[bool, bool]:
    """Whether there are members beside these, and owners."""
    cursor = await connection.execute(_OTHERS, {"room": room_id, "users": list(user_ids)})
    [(members, owners)] = await cursor.fetchall()
    return members, owners


_OTHERS = """
    SELECT EXISTS (SELECT FROM chat_member WHERE room_id = %(room)s AND user_id <> ALL (%(users)s::text[])),
        EXISTS (SELECT FROM chat_member WHERE room_id = %(room)s AND user_id <> ALL (%(users)s::text[])
            AND role = 'owner')
"""


async def mute(actor: Actor, room_id: str, *, muted: bool) -> None:
    """Note whether the actor, a member, wants no notice of the room. One statement; nobody else hears of it.

    Raises ParleyError ``room_not_found`` or ``not_allowed``.
    """
    [noted] = await _note(_MUTE, actor, room_id, muted=muted)
    if noted is None:
        raise ParleyError(NOT_ALLOWED, "Only members mute a room.")


_MUTE = """
    WITH muting AS (
        UPDATE chat_member SET muted = %(muted)s WHERE room_id = %(room)s AND user_id = %(user)s::text RETURNING muted
    )
    SELECT muting.muted FROM chat_room room LEFT JOIN muting ON true WHERE room.id = %(room)s
"""


async def mark_read(actor: Actor, room_id: str, seq: int) -> int:
    """Note that the actor has read up to ``seq``; it never moves back nor past the room's last. One statement.

    Somebody who reads an open room without having joined gets a place in it, without announcement. Returns the
    position. Raises ParleyError ``room_not_found``, ``banned`` or ``not_allowed``.
    """
    position, before, open_to_actor, banned = await _note(_MARK_READ, actor, room_id, seq=seq)
    if banned:
        raise ParleyError(BANNED)
    if position is None:
        if not open_to_actor:
            raise ParleyError(NOT_ALLOWED, "This room is for its members.")
        position = before or 0
    if position != before:
        user = user_payload(actor.user_id or "", actor.name)
        pass_on(RoomKey(schema_in_scope(), room_id), passing_payload("read.moved", room_id, user, seq=position))
    return int(position)


_MARK_READ = f"""
    WITH room AS (SELECT id, kind, last_seq, {IS_BANNED} AS banned FROM chat_room room WHERE id = %(room)s
    ), before AS (
        SELECT read_seq FROM chat_member WHERE room_id = %(room)s AND user_id = %(user)s
    ), moved AS (
        UPDATE chat_member member SET read_seq = LEAST(%(seq)s, room.last_seq) FROM room
        WHERE member.room_id = room.id AND member.user_id = %(user)s AND NOT room.banned
            AND member.read_seq < LEAST(%(seq)s, room.last_seq)
        RETURNING member.read_seq
    ), entered AS (
        INSERT INTO chat_member AS member (room_id, user_id, read_seq)
        SELECT room.id, %(user)s, LEAST(%(seq)s, room.last_seq) FROM room
        WHERE room.kind = 'open' AND NOT room.banned AND NOT EXISTS (SELECT FROM before)
        ON CONFLICT (room_id, user_id) DO UPDATE SET read_seq = GREATEST(member.read_seq, excluded.read_seq)
        RETURNING read_seq
    )
    SELECT COALESCE((SELECT read_seq FROM moved), (SELECT read_seq FROM entered)), (SELECT read_seq FROM before),
        room.kind = 'open' OR EXISTS (SELECT FROM before), room.banned
    FROM room
"""  # noqa: S608 - IS_BANNED is a constant


async def _note(statement: str, actor: Actor, room_id: str, **noted: object) -> tuple[Any, ...]:
    """Note something of the actor's own beside the room, and how both stand."""
    check_token_names(actor, room_id)
    async with tenant_connection() as connection:
        cursor = await connection.execute(statement, {"room": room_id, "user": actor.user_id, **noted})
        row: tuple[Any, ...] | None = await cursor.fetchone()
    if row is None:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    return row
