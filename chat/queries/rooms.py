"""Rooms as one person finds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from chat.policies import Access, Actor, check_may_read
from kit.errors import ROOM_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection

MOST_UNREAD = 100


@dataclass(frozen=True, slots=True)
class RoomHead:
    """A line of ``hello``."""

    id: str
    last_seq: int
    read_seq: int


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room with the viewer's place in it. ``unread`` counts others' messages, up to ``MOST_UNREAD``."""

    id: str
    kind: str
    name: str
    topic: str
    epoch: str
    last_seq: int
    created_at: datetime
    active_at: datetime
    archived: bool
    role: str | None
    read_seq: int
    unread: int
    last_message: dict[str, Any] | None

    @property
    def member(self) -> bool:
        return self.role is not None


async def rooms_for(
    actor: Actor, *, limit: int, after: tuple[datetime, str] | None = None
) -> tuple[list[RoomView], bool]:
    """The rooms that the actor may read, the latest active first, and whether there are more.

    ``after`` continues behind the room that was active then and has that id.
    """
    parameters = {
        **_viewer(actor),
        "only": None,
        "after_at": after[0] if after else None,
        "after_id": after[1] if after else None,
        "most": limit + 1,
    }
    rows = await _fetch(parameters)
    return rows[:limit], len(rows) > limit


async def room_for(actor: Actor, room_id: str) -> RoomView:
    """Raises ParleyError ``room_not_found`` or ``not_allowed``."""
    parameters = {
        **_viewer(actor),
        "server": True,  # read first, judge then: a refusal is no absence
        "named": None,
        "only": room_id,
        "after_at": None,
        "after_id": None,
        "most": 1,
    }
    rows = await _fetch(parameters)
    if not rows:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    check_may_read(actor, room_id, Access(rows[0].kind, rows[0].role))
    return rows[0]


def _viewer(actor: Actor) -> dict[str, Any]:
    named = sorted(actor.rooms) if actor.rooms is not None else None
    return {"user": actor.user_id, "server": actor.is_server, "named": named, "most_unread": MOST_UNREAD}


async def _fetch(parameters: dict[str, Any]) -> list[RoomView]:
    async with (
        tenant_connection() as connection,
        connection.cursor(row_factory=class_row(RoomView)) as cursor,
    ):
        await cursor.execute(_ROOMS, parameters)
        return await cursor.fetchall()


_ROOMS = """
    SELECT room.id, room.kind, room.topic, room.epoch, room.last_seq, room.created_at, room.active_at,
        room.archived_at IS NOT NULL AS archived, member.role, COALESCE(member.read_seq, 0) AS read_seq,
        CASE WHEN room.kind = 'direct' AND room.name = '' THEN COALESCE(people.names, '') ELSE room.name END AS name,
        COALESCE(unread.count, 0) AS unread, last.message AS last_message
    FROM chat_room room
    LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s::text
    LEFT JOIN LATERAL (
        SELECT string_agg(other.name, ', ' ORDER BY other.name) AS names
        FROM chat_member peer JOIN chat_user other ON other.id = peer.user_id
        WHERE room.kind = 'direct' AND peer.room_id = room.id AND peer.user_id IS DISTINCT FROM %(user)s::text
    ) people ON true
    LEFT JOIN LATERAL (
        SELECT count(*) FROM (
            SELECT FROM chat_message fresh
            WHERE member.id IS NOT NULL AND fresh.room_id = room.id AND fresh.seq > member.read_seq
                AND fresh.kind = 'message' AND fresh.user_id IS DISTINCT FROM %(user)s::text
            LIMIT %(most_unread)s
        ) few
    ) unread ON true
    LEFT JOIN LATERAL (
        SELECT json_build_object('user_name', author.name, 'text', left(latest.text, 200),
            'created_at', latest.created_at) AS message
        FROM chat_message latest LEFT JOIN chat_user author ON author.id = latest.user_id
        WHERE latest.room_id = room.id AND latest.kind = 'message' AND latest.deleted_at IS NULL
        ORDER BY latest.seq DESC LIMIT 1
    ) last ON true
    WHERE (%(only)s::text IS NULL AND room.archived_at IS NULL OR room.id = %(only)s::text)
        AND (%(named)s::text[] IS NULL OR room.id = ANY(%(named)s::text[]))
        AND (%(server)s::bool OR room.kind = 'open' OR member.id IS NOT NULL)
        AND (%(after_at)s::timestamptz IS NULL
            OR (room.active_at, room.id) < (%(after_at)s::timestamptz, %(after_id)s::text))
    ORDER BY room.active_at DESC, room.id DESC
    LIMIT %(most)s
"""
