"""Blocking somebody everywhere: openly, or so that the user notices nothing."""

from __future__ import annotations

from datetime import datetime

from psycopg.errors import ForeignKeyViolation

from chat.commands.deciding import Cause, record_decision
from chat.models import Act
from kit.errors import NOT_FOUND, USER_NOT_FOUND, ParleyError
from tenants.audit import record_here
from tenants.connections import tenant_connection

_NOBODY = Cause()


async def block_user(user_id: str, *, until: datetime | None = None, cause: Cause = _NOBODY) -> None:
    """Let nobody in as this user until then, or for good, and end every open socket. Takes the place of another block
    of either kind. Raises ParleyError ``user_not_found``."""
    await _block(user_id, shadow=False, until=until, cause=cause)


async def shadow_block_user(user_id: str, *, until: datetime | None = None, cause: Cause = _NOBODY) -> None:
    """Until then, or for good, what the user sends is acknowledged and shown to its author alone: it is stored as a
    ``withheld`` message, which takes a seq, and no webhook, search, mention, thread, or unread count hears of it. What
    the user changes (edits, reactions, pins) is acknowledged and left undone. Raises ParleyError ``user_not_found``."""
    await _block(user_id, shadow=True, until=until, cause=cause)


async def _block(user_id: str, *, shadow: bool, until: datetime | None, cause: Cause) -> None:
    act = Act.SHADOW_BLOCKED if shadow else Act.BLOCKED
    try:
        async with tenant_connection() as connection, connection.transaction():
            await connection.execute(_BLOCK, (user_id, shadow, until))
            await record_decision(connection, act, user_id, until=until, cause=cause)
    except ForeignKeyViolation:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.") from None
    await record_here(f"user.{act}", f"user:{user_id}", after={"until": until, "reason": cause.reason})


_BLOCK = """
    INSERT INTO chat_block (user_id, shadow, until) VALUES (%s, %s, %s)
    ON CONFLICT (user_id) DO UPDATE SET shadow = excluded.shadow, until = excluded.until, created_at = now()
"""


async def unblock_user(user_id: str, *, cause: Cause = _NOBODY) -> None:
    """End a block of either kind; what was withheld stays so. Raises ParleyError ``not_found`` where there is none."""
    async with tenant_connection() as connection, connection.transaction():
        cursor = await connection.execute("DELETE FROM chat_block WHERE user_id = %s", (user_id,))
        if not cursor.rowcount:
            raise ParleyError(NOT_FOUND, f"{user_id!r} is not blocked.")
        await record_decision(connection, Act.UNBLOCKED, user_id, cause=cause)
    await record_here("user.unblocked", f"user:{user_id}", after={"reason": cause.reason})
