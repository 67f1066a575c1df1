"""Muting somebody in a room: reading goes on, writing does not."""

from __future__ import annotations

from datetime import datetime

from psycopg.errors import ForeignKeyViolation

from chat.commands.deciding import Cause, record_decision
from chat.models import Act
from kit.errors import NOT_FOUND, USER_NOT_FOUND, ParleyError
from tenants.audit import record_here
from tenants.connections import tenant_connection

_NOBODY = Cause()


async def mute_user(room_id: str, user_id: str, *, until: datetime | None = None, cause: Cause = _NOBODY) -> None:
    """Until then, or for good; another mute of the same user takes the place of the first. The caller has checked who
    may. Raises ParleyError ``user_not_found``."""
    try:
        async with tenant_connection() as connection, connection.transaction():
            await connection.execute(_MUTE, (room_id, user_id, until))
            await record_decision(connection, Act.MUTED, user_id, room_id=room_id, until=until, cause=cause)
    except ForeignKeyViolation:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}, or no such room.") from None
    after = {"room": room_id, "until": until, "reason": cause.reason, "rule": cause.rule}
    await record_here("user.muted", f"user:{user_id}", after=after)


_MUTE = """
    INSERT INTO chat_mute (room_id, user_id, until) VALUES (%s, %s, %s)
    ON CONFLICT (room_id, user_id) DO UPDATE SET until = excluded.until, created_at = now()
"""


async def unmute_user(room_id: str, user_id: str, *, cause: Cause = _NOBODY) -> None:
    """Raises ParleyError ``not_found`` where there is no mute."""
    async with tenant_connection() as connection, connection.transaction():
        cursor = await connection.execute(
            "DELETE FROM chat_mute WHERE room_id = %s AND user_id = %s", (room_id, user_id)
        )
        if not cursor.rowcount:
            raise ParleyError(NOT_FOUND, f"{user_id!r} is not muted in this room.")
        await record_decision(connection, Act.UNMUTED, user_id, room_id=room_id, cause=cause)
    await record_here("user.unmuted", f"user:{user_id}", after={"room": room_id, "reason": cause.reason})
