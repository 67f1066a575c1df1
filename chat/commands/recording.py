"""Recording what happened to a room beside what was said in it: a durable event, in the caller's transaction."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from chat.events import RoomEvent
from kit.ids import uuid7
from tenants.connections import ScopedConnection


async def record_event(
    connection: ScopedConnection, room_id: str, kind: str, user_id: str, data: dict[str, Any]
) -> RoomEvent:
    """Take the room's next seq for an event of ``kind`` about ``user_id``. Announce it after the commit.

    The caller's transaction holds the room's row.
    """
    parameters = {"id": uuid7(), "room": room_id, "kind": kind, "user": user_id, "data": Jsonb(data)}
    cursor = await connection.execute(_RECORD, parameters)
    [row] = await cursor.fetchall()
    message_id, seq, created_at, name, avatar = row
    return RoomEvent(
        room_id=room_id,
        id=message_id,
        seq=seq,
        changed_seq=seq,
        kind=kind,
        user_id=user_id,
        user_name=name,
        user_avatar=avatar or None,
        client_id=None,
        text="",
        data=data,
        created_at=created_at,
    )


_RECORD = """
    WITH counted AS (
        UPDATE chat_room SET last_seq = last_seq + 1 WHERE id = %(room)s::text RETURNING last_seq
    ), recorded AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, kind, user_id, data, created_at)
        SELECT %(id)s::uuid, %(room)s::text, last_seq, last_seq, %(kind)s::text, %(user)s::text, %(data)s,
            clock_timestamp()
        FROM counted RETURNING id, seq, created_at, user_id
    )
    SELECT recorded.id, recorded.seq, recorded.created_at, person.name, person.avatar
    FROM recorded JOIN chat_user person ON person.id = recorded.user_id
"""
