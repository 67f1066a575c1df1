"""Recording what happened to a room beside what was said in it: durable events, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from psycopg.types.json import Jsonb

from chat.events import RoomEvent
from kit.ids import uuid7
from tenants.connections import ScopedConnection

About = tuple[str | None, dict[str, Any]]
"""Whom an event is about (None: the tenant's server), and what it says."""


async def record_event(
    connection: ScopedConnection, room_id: str, kind: str, user_id: str | None, data: dict[str, Any]
) -> RoomEvent:
    """As ``record_events``, for one."""
    [event] = await record_events(connection, room_id, kind, [(user_id, data)])
    return event


async def record_events(
    connection: ScopedConnection, room_id: str, kind: str, happened: Iterable[About]
) -> list[RoomEvent]:
    """Take the room's next seqs for events of ``kind``, in one statement. Announce them after the commit.

    The caller's transaction holds the room's row.
    """
    users, data = zip(*happened, strict=True)
    parameters = {
        "ids": [uuid7() for _ in users],
        "room": room_id,
        "kind": kind,
        "users": list(users),
        "data": list(map(Jsonb, data)),
    }
    cursor = await connection.execute(_RECORD, parameters)
    return [_event(room_id, kind, row) for row in await cursor.fetchall()]


def _event(room_id: str, kind: str, row: tuple[Any, ...]) -> RoomEvent:
    message_id, seq, created_at, user_id, data, name, avatar = row
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
    WITH happened AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(users)s::text[], %(data)s::jsonb[])
            WITH ORDINALITY AS happened (id, user_id, data, place)
    ), counted AS (
        UPDATE chat_room SET last_seq = last_seq + cardinality(%(ids)s::uuid[]) WHERE id = %(room)s::text
        RETURNING last_seq - cardinality(%(ids)s::uuid[]) AS before
    ), recorded AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, kind, user_id, data, created_at)
        SELECT id, %(room)s::text, before + place, before + place, %(kind)s::text, user_id, data, clock_timestamp()
        FROM happened, counted ORDER BY place
        RETURNING id, seq, created_at, user_id, data
    ), told AS (
        INSERT INTO chat_outboxevent (type, room_id, message_id, seq)
        SELECT %(kind)s::text, %(room)s::text, id, seq FROM recorded
        WHERE EXISTS (SELECT FROM chat_webhookendpoint WHERE enabled) ORDER BY seq
    )
    SELECT recorded.id, recorded.seq, recorded.created_at, recorded.user_id, recorded.data, person.name, person.avatar
    FROM recorded LEFT JOIN LATERAL (
        SELECT name, avatar FROM chat_user WHERE id = recorded.user_id LIMIT 1
    ) person ON true
    ORDER BY recorded.seq
"""
