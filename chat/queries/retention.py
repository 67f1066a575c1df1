"""What a tenant's retention reaches by now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenants.connections import fetch_all
from tenants.retention import KINDS, Retention

MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Expired:
    """How much of the rooms of a kind would go; each is counted to ``MOST_COUNTED``."""

    kind: str
    messages: int
    files: int


async def expired(retention: Retention, now: datetime) -> list[Expired]:
    return await fetch_all(Expired, _EXPIRED, {**reach(retention, now), "most": MOST_COUNTED})


def reach(retention: Retention, now: datetime) -> dict[str, Any]:
    """The parameters of ``PERIODS`` and ``HELD``."""

    def before(days: dict[Any, int]) -> list[datetime | None]:
        return [now - timedelta(days=days[kind]) if kind in days else None for kind in KINDS]

    return {
        "kinds": list(KINDS),
        "messages_before": before(retention.periods.messages),
        "files_before": before(retention.periods.files),
        "nothing": retention.hold.everything,
        "held_rooms": retention.hold.rooms,
        "held_users": retention.hold.users,
    }


PERIODS = """
    unnest(%(kinds)s::text[], %(messages_before)s::timestamptz[], %(files_before)s::timestamptz[])
        period (kind, messages_before, files_before)
"""
"""From when on things are kept in rooms of a kind; null: all are."""

FREE_ROOM = "(NOT %(nothing)s::bool AND room.id <> ALL (%(held_rooms)s::text[]))"
"""Whether no hold is on the row ``room``."""

FREE_AUTHOR = "(message.user_id IS NULL OR message.user_id <> ALL (%(held_users)s::text[]))"
"""Whether none is on who said the row ``message``."""

_EXPIRED = f"""
    SELECT period.kind, messages.count AS messages, files.count AS files FROM {PERIODS}
    CROSS JOIN LATERAL (
        SELECT count(*) FROM (
            SELECT FROM chat_room room JOIN chat_message message ON message.room_id = room.id
            WHERE room.kind = period.kind AND {FREE_ROOM} AND message.created_at < period.messages_before
                AND {FREE_AUTHOR}
            LIMIT %(most)s
        ) few
    ) messages
    CROSS JOIN LATERAL (
        SELECT count(*) FROM (
            SELECT FROM chat_upload upload JOIN chat_message message ON message.id = upload.message_id
            JOIN chat_room room ON room.id = message.room_id
            WHERE room.kind = period.kind AND {FREE_ROOM} AND {FREE_AUTHOR}
                AND (upload.created_at < period.files_before OR message.created_at < period.messages_before)
            LIMIT %(most)s
        ) few
    ) files
"""  # noqa: S608 - constants
