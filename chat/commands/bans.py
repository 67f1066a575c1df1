"""Banning somebody from a room, for some time or for good."""

from __future__ import annotations

from datetime import datetime

from chat.commands.auditing import record_act
from chat.commands.deciding import Cause, cause_of, record_decision
from chat.commands.locking import LockedRoom, lock_room
from chat.commands.members import end_membership
from chat.delivery.rooms import RoomKey
from chat.models import Act, RoomKind
from chat.policies import Actor, check_may_ban, check_may_moderate
from chat.publishing import announce
from kit.errors import NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import schema_in_scope


async def ban(
    actor: Actor,
    room_id: str,
    user_id: str,
    *,
    reason: str = "",
    until: datetime | None = None,
    cause: Cause | None = None,
) -> bool:
    """Shut a user out of a room: membership and live subscriptions end, and nothing of the room is open to the user.
    The room hears that the user has left. Another ban of the same user takes the place of the first. ``cause`` is what
    goes on record; without one it is the actor and the reason.

    Returns False when the user was banned already. Raises ParleyError ``room_not_found``, ``user_not_found``,
    ``not_allowed``.
    """
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, actor, room_id, user_id)
        check_may_ban(actor, room.access, user_id, room.places[user_id].role)
        place = room.place_of(user_id)
        await connection.execute(_BAN, (room_id, user_id, reason, until, actor.user_id))
        cause = cause or cause_of(actor, reason)
        await record_decision(connection, Act.BANNED, user_id, room_id=room_id, until=until, cause=cause)
        event = None
        if _may_listen(room, user_id):
            event = await end_membership(connection, room_id, user_id, "banned")
    if event is not None:
        await announce(RoomKey(schema_in_scope(), room_id), [event])
    after = {"room": room_id, "until": until, "reason": reason}
    await record_act(actor, "user.banned", f"user:{user_id}", after=after)
    return not place.banned


_BAN = """
    INSERT INTO chat_ban (room_id, user_id, reason, until, banned_by) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (room_id, user_id) DO UPDATE SET reason = excluded.reason, until = excluded.until,
        banned_by = excluded.banned_by, created_at = now()
"""


def _may_listen(room: LockedRoom, user_id: str) -> bool:
    """Members, and in an open room everybody who is not banned already."""
    place = room.places[user_id]
    return place.role is not None or (room.access.kind == RoomKind.OPEN and not place.banned)


async def lift_ban(actor: Actor, room_id: str, user_id: str, *, cause: Cause | None = None) -> None:
    """Let somebody come back; that makes nobody a member.

    Raises ParleyError ``room_not_found``, ``not_found`` (no ban), ``not_allowed``.
    """
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, actor, room_id)
        check_may_moderate(actor, room.access)
        if not await _delete(connection, room_id, user_id):
            raise ParleyError(NOT_FOUND, f"{user_id!r} is not banned from this room.")
        cause = cause or cause_of(actor)
        await record_decision(connection, Act.UNBANNED, user_id, room_id=room_id, cause=cause)
    await record_act(actor, "user.unbanned", f"user:{user_id}", after={"room": room_id})


async def _delete(connection: ScopedConnection, room_id: str, user_id: str) -> bool:
    cursor = await connection.execute("DELETE FROM chat_ban WHERE room_id = %s AND user_id = %s", (room_id, user_id))
    return cursor.rowcount == 1
