"""All that was said in a room, for those who take it with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tenants.connections import fetch_all

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One durable event of a room. ``data`` of somebody's coming or going says how."""

    seq: int
    id: UUID
    kind: str
    created_at: datetime
    user_id: str | None
    user_name: str | None
    text: str
    data: dict[str, Any] | None
    parent_id: UUID | None
    quoted_id: UUID | None
    reactions: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    edited_at: datetime | None
    deleted_at: datetime | None


async def room_history(
    room_id: str, *, since: datetime | None = None, until: datetime | None = None
) -> AsyncIterator[list[Line]]:
    """The room's events of that time, ascending by seq, some at a time. The scope is needed for each step."""
    after = 0
    while True:
        parameters = {"room": room_id, "since": since, "until": until, "after": after, "most": _PAGE}
        lines = await fetch_all(Line, _LINES, parameters)
        if lines:
            yield lines
        if len(lines) < _PAGE:
            return
        after = lines[-1].seq


_LINES = """
    SELECT message.seq, message.id, message.kind, message.created_at, message.user_id, author.name AS user_name,
        message.text, message.data, message.parent_id, message.quoted_id, message.reactions, message.attachments,
        message.edited_at, message.deleted_at
    FROM chat_message message LEFT JOIN chat_user author ON author.id = message.user_id
    WHERE message.room_id = %(room)s AND message.seq > %(after)s
        AND message.created_at >= COALESCE(%(since)s::timestamptz, '-infinity')
        AND message.created_at < COALESCE(%(until)s::timestamptz, 'infinity')
    ORDER BY message.seq LIMIT %(most)s
"""
