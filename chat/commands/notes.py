"""What moderators note on somebody, for each other."""

from __future__ import annotations

from psycopg.errors import ForeignKeyViolation

from chat.commands.deciding import Cause, note_decision
from chat.models import Act
from kit.errors import INVALID, USER_NOT_FOUND, ParleyError
from tenants.audit import record_here


async def add_note(user_id: str, *, cause: Cause) -> None:
    """The cause's reason is what is noted. Raises ParleyError ``invalid`` for nothing, ``user_not_found``."""
    if not cause.reason.strip():
        raise ParleyError(INVALID, "Write a note first.", errors=[{"field": "reason", "code": "empty"}])
    try:
        await note_decision(Act.NOTED, user_id, cause=cause)
    except ForeignKeyViolation:
        raise ParleyError(USER_NOT_FOUND, f"There is no user {user_id!r}.") from None
    await record_here("user.noted", f"user:{user_id}")
