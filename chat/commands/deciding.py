"""Writing down what was decided of somebody, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chat.policies import Actor
from kit.ids import uuid7
from tenants.connections import ScopedConnection, tenant_connection

_MOST_REASON, _MOST_DECIDER = 1_000, 120


class Cause(NamedTuple):
    """Who decides (an account or user, and how that one is called; neither for the tenant's server) or which automatic
    ``rule``; the reason given, and the reported message that it is about."""

    decided_by: str | None = None
    decider: str = ""
    reason: str = ""
    message_id: UUID | None = None
    reports: Sequence[UUID] = ()
    rule: str = ""


def cause_of(actor: Actor, reason: str = "") -> Cause:
    return Cause(actor.user_id, actor.name, reason)


async def record_decision(
    connection: ScopedConnection,
    act: str,
    user_id: str | None,
    *,
    room_id: str | None = None,
    until: datetime | None = None,
    cause: Cause,
) -> None:
    """In the caller's transaction, which did it. What is too long to be kept is cut."""
    parameters = {"id": uuid7(), "act": str(act), "user": user_id, "room": room_id, "until": until, **cause._asdict()}
    cut = {"reason": cause.reason[:_MOST_REASON], "decider": cause.decider[:_MOST_DECIDER]}
    await connection.execute(_RECORD, {**parameters, **cut, "reports": list(cause.reports)})


async def note_decision(act: str, user_id: str | None, *, room_id: str | None = None, cause: Cause) -> None:
    """The same where nothing else changes in the tables."""
    async with tenant_connection() as connection:
        await record_decision(connection, act, user_id, room_id=room_id, cause=cause)


_RECORD = """
    INSERT INTO chat_decision (id, act, user_id, room_id, message_id, reports, until, reason, rule, decided_by, decider)
    VALUES (%(id)s, %(act)s, %(user)s, %(room)s, %(message_id)s, %(reports)s::uuid[], %(until)s, %(reason)s, %(rule)s,
        %(decided_by)s, %(decider)s)
"""
