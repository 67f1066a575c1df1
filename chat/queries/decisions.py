"""What was decided, and what holds of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tenants.connections import fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class DecisionView:
    """``decider`` is empty for an automatic ``rule`` and for the tenant's server."""

    id: UUID
    act: str
    user_id: str | None
    user_name: str | None
    room_id: str | None
    room_name: str | None
    message_id: UUID | None
    reports: list[UUID]
    until: datetime | None
    reason: str
    rule: str
    decider: str
    created_at: datetime


async def decisions(
    *, user_id: str | None = None, act: str | None = None, limit: int, before: UUID | None = None
) -> tuple[list[DecisionView], bool]:
    """The newest first, all or those on one user or of one kind, and whether there are more."""
    parameters = {"user": user_id, "act": act, "before": before, "most": limit + 1}
    rows = await fetch_all(DecisionView, _DECISIONS, parameters)
    return rows[:limit], len(rows) > limit


_DECISIONS = """
    SELECT decision.id, decision.act, decision.user_id, person.name AS user_name, decision.room_id,
        room.name AS room_name, decision.message_id, decision.reports, decision.until, decision.reason, decision.rule,
        decision.decider, decision.created_at
    FROM chat_decision decision
    LEFT JOIN chat_user person ON person.id = decision.user_id
    LEFT JOIN chat_room room ON room.id = decision.room_id
    WHERE (%(user)s::text IS NULL OR decision.user_id = %(user)s::text)
        AND (%(act)s::text IS NULL OR decision.act = %(act)s::text)
        AND (%(before)s::uuid IS NULL OR decision.id < %(before)s::uuid)
    ORDER BY decision.id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Restriction:
    """``kind``: ``mute`` and ``ban`` are of a room, ``block`` and ``shadow`` of all. ``until``: None for good."""

    kind: str
    room_id: str | None
    room_name: str | None
    until: datetime | None


async def restrictions(user_id: str) -> list[Restriction]:
    """Those that hold of somebody now."""
    return await fetch_all(Restriction, _RESTRICTIONS, {"user": user_id})


_HOLDS = "user_id = %(user)s::text AND (until IS NULL OR until > now())"
_RESTRICTIONS = f"""
    SELECT held.kind, held.room_id, room.name AS room_name, held.until
    FROM (
        SELECT CASE WHEN shadow THEN 'shadow' ELSE 'block' END AS kind, NULL AS room_id, until
        FROM chat_block WHERE {_HOLDS}
        UNION ALL SELECT 'ban', room_id, until FROM chat_ban WHERE {_HOLDS}
        UNION ALL SELECT 'mute', room_id, until FROM chat_mute WHERE {_HOLDS}
    ) held LEFT JOIN chat_room room ON room.id = held.room_id
    ORDER BY held.kind, held.room_id
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class WithheldView:
    id: UUID
    room_id: str
    text: str
    created_at: datetime


async def withheld(user_id: str, limit: int = 20) -> list[WithheldView]:
    """What somebody said while shadow-blocked, the newest first."""
    return await fetch_all(WithheldView, _WITHHELD, {"user": user_id, "most": limit})


_WITHHELD = """
    SELECT id, room_id, text, created_at FROM chat_message
    WHERE user_id = %(user)s AND kind = 'withheld' ORDER BY id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    created_at: datetime
    active: bool


async def person(user_id: str) -> Person | None:
    return await fetch_one(Person, _PERSON, {"user": user_id})


_PERSON = """
    SELECT id, name, created_at, deactivated_at IS NULL AS active FROM chat_user WHERE id = %(user)s
"""
