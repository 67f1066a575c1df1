"""Reports of messages, as their moderators see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.events import COLUMNS, RoomEvent
from chat.policies import Actor
from tenants.connections import tenant_connection


@dataclass(frozen=True, slots=True)
class ReportView:
    """``message`` is as it is by now. ``resolution`` is None as long as the report is open."""

    message: RoomEvent
    id: UUID
    room_name: str
    reporter: dict[str, Any]
    reason: str
    note: str
    created_at: datetime
    resolution: str | None
    resolved_by: str | None
    resolved_at: datetime | None


async def reports(
    actor: Actor, *, state: str | None = None, limit: int, before: UUID | None = None
) -> tuple[list[ReportView], bool]:
    """Those that the actor sees, the newest first, and whether there are more: the server all, a user those of rooms
    where the user is moderator or owner, but none of what the user said. ``state``: only the ``open`` or the
    ``resolved`` ones."""
    parameters = {**viewer(actor), "state": state, "before": before, "most": limit + 1}
    async with tenant_connection() as connection:
        cursor = await connection.execute(_REPORTS, parameters)
        rows = await cursor.fetchall()
    return [read_report(row) for row in rows[:limit]], len(rows) > limit


def viewer(actor: Actor) -> dict[str, Any]:
    """The parameters of ``SEEN``."""
    return {"user": actor.user_id, "named": sorted(actor.rooms) if actor.rooms is not None else None}


def read_report(row: Sequence[Any]) -> ReportView:
    """From a row of ``SHOWN``."""
    own, (room_id, *event) = row[:_OWN], row[_OWN:]
    return ReportView(RoomEvent(room_id, *event), *own)


_OWN = 9
SHOWN = f"""
    SELECT report.id, room.name,
        json_build_object('id', reporter.id, 'name', reporter.name, 'avatar', NULLIF(reporter.avatar, '')),
        report.reason, report.note, report.created_at, report.resolution, report.resolved_by, report.resolved_at,
        report.room_id, {COLUMNS}
    FROM report
    JOIN chat_room room ON room.id = report.room_id
    JOIN chat_user reporter ON reporter.id = report.reporter_id
    JOIN chat_message message ON message.id = report.message_id
    LEFT JOIN chat_user author ON author.id = message.user_id
"""  # noqa: S608 - COLUMNS is a constant
"""What ``read_report`` reads, of the rows ``report``."""

SEEN = """
    (%(named)s::text[] IS NULL OR report.room_id = ANY(%(named)s::text[]))
    AND (%(user)s::text IS NULL
        OR EXISTS (SELECT FROM chat_member WHERE room_id = report.room_id AND user_id = %(user)s::text
            AND role IN ('moderator', 'owner'))
        AND NOT EXISTS (SELECT FROM chat_message WHERE id = report.message_id AND user_id = %(user)s::text))
"""
"""Whether the ``viewer`` sees the row ``report``."""

_REPORTS = f"""
    WITH report AS (
        SELECT * FROM chat_report report
        WHERE (%(state)s::text IS NULL OR (resolution IS NULL) = (%(state)s::text = 'open'))
            AND (%(before)s::uuid IS NULL OR id < %(before)s::uuid) AND {SEEN}
        ORDER BY id DESC LIMIT %(most)s
    )
    {SHOWN}
    ORDER BY report.id DESC
"""  # noqa: S608 - constants
