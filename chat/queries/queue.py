"""The queue of a tenant's moderators: messages with open reports, and what helps to judge them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kit.errors import NOT_FOUND, ParleyError
from tenants.connections import fetch_all, fetch_one

NEWEST, MOST = "newest", "most"
_AROUND: Final = 3


@dataclass(frozen=True, slots=True)
class Reported:
    """A message, its open ``reports`` (``count`` of them, ``latest`` the newest one's id), what was said ``around`` it,
    and what was decided of its author before (``acts``: how often each)."""

    id: UUID
    room_id: str
    room_name: str
    direct: bool
    user_id: str | None
    user_name: str | None
    text: str
    attachments: list[dict[str, Any]]
    created_at: datetime
    deleted: bool
    seq: int
    count: int
    latest: UUID
    reports: list[dict[str, Any]]
    around: list[dict[str, Any]]
    acts: dict[str, int]
    blocked: bool


Place = tuple[int, UUID]


async def reported(order: str = NEWEST, *, limit: int, after: Place | None = None) -> tuple[list[Reported], bool]:
    """A page of the queue, and whether there is more. ``after``: the count (0 where the newest come first) and the
    latest report of the last one."""
    count, latest = after or (None, None)
    parameters = {"by_count": order == MOST, "count": count, "latest": latest, "most": limit + 1, "around": _AROUND}
    rows = await fetch_all(Reported, _QUEUE, parameters)
    return rows[:limit], len(rows) > limit


def place_of(item: Reported, order: str) -> Place:
    return (item.count if order == MOST else 0), item.latest


def _beside(side: str, direction: str) -> str:
    return f"""
        SELECT seq, name, text FROM chat_message beside LEFT JOIN chat_user ON chat_user.id = beside.user_id
        WHERE room_id = room.id AND seq {side} message.seq AND kind IN ('message', 'system')
            AND beside.deleted_at IS NULL
        ORDER BY seq {direction} LIMIT %(around)s
    """  # noqa: S608 - constants


# What is open has an index of its own; only that is summed up, however many reports were resolved.
_QUEUE = f"""
    WITH waiting AS (
        SELECT message_id, count(*) AS count, CASE WHEN %(by_count)s::bool THEN count(*) ELSE 0 END AS weight,
            (array_agg(id ORDER BY id DESC))[1] AS latest
        FROM chat_report WHERE resolution IS NULL GROUP BY message_id
    ), page AS MATERIALIZED (
        SELECT * FROM waiting
        WHERE %(latest)s::uuid IS NULL OR (weight, latest) < (%(count)s::bigint, %(latest)s::uuid)
        ORDER BY weight DESC, latest DESC LIMIT %(most)s
    )
    SELECT message.id, room.id AS room_id, room.name AS room_name, room.kind = 'direct' AS direct, message.user_id,
        author.name AS user_name, message.text, message.attachments, message.created_at,
        message.deleted_at IS NOT NULL AS deleted, message.seq, page.count, page.latest, told.reports, near.around,
        before.acts,
        EXISTS (SELECT FROM chat_block WHERE user_id = message.user_id AND (until IS NULL OR until > now())) AS blocked
    FROM page
    JOIN chat_message message ON message.id = page.message_id
    JOIN chat_room room ON room.id = message.room_id
    LEFT JOIN chat_user author ON author.id = message.user_id
    CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('user_id', reporter.id, 'name', reporter.name, 'reason', report.reason,
            'note', report.note) ORDER BY report.id DESC) AS reports
        FROM chat_report report JOIN chat_user reporter ON reporter.id = report.reporter_id
        WHERE report.message_id = message.id AND report.resolution IS NULL
    ) told
    CROSS JOIN LATERAL (
        SELECT COALESCE(json_agg(json_build_object('seq', said.seq, 'name', said.name, 'text', said.text)
            ORDER BY said.seq), '[]'::json) AS around
        FROM (
            ({_beside("<", "DESC")})
            UNION ALL
            ({_beside(">", "ASC")})
        ) said
    ) near
    CROSS JOIN LATERAL (
        SELECT COALESCE(json_object_agg(act, times), '{{}}'::json) AS acts
        FROM (SELECT act, count(*) AS times FROM chat_decision WHERE user_id = message.user_id GROUP BY act) each
    ) before
    ORDER BY page.weight DESC, page.latest DESC
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Case:
    """A reported message by its keys."""

    id: UUID
    room_id: str
    user_id: str | None
    reports: list[UUID]


async def case_of(message_id: UUID) -> Case:
    """Raises ParleyError ``not_found`` for a message without an open report: somebody else was faster."""
    found = await fetch_one(Case, _CASE, {"id": message_id})
    if found is None:
        raise ParleyError(NOT_FOUND, "Nobody waits for a decision on this message any more.")
    return found


_CASE = """
    SELECT message.id, message.room_id, message.user_id, array_agg(report.id) AS reports
    FROM chat_report report JOIN chat_message message ON message.id = report.message_id
    WHERE report.message_id = %(id)s::uuid AND report.resolution IS NULL GROUP BY message.id
"""
