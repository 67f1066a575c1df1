"""The outbox: what was written down in the transaction in which it happened becomes a delivery to each endpoint that
wants to hear of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json

from chat.events import COLUMNS, RoomEvent
from chat.payloads import Payload, encode, event_payload
from kit.ids import uuid7, wire_id
from tenants.connections import ScopedConnection, tenant_connection

_MOST_TOGETHER = 100


class _Wish(NamedTuple):
    endpoint_id: str
    events: list[str]

    def covers(self, type: str) -> bool:  # noqa: A002 - the wire's word
        return not self.events or type in self.events


class _Event(NamedTuple):
    message_id: str
    type: str
    room_id: str
    body: str


async def dispatch(now: datetime) -> int:
    """Make deliveries of what waits in the outbox, the oldest first. Returns how many events were taken out.

    All in one transaction: killed at any point, it is as if it had not begun.
    """
    async with tenant_connection() as connection, connection.transaction():
        wishes = await _lock_endpoints(connection)
        taken = await _take(connection)
        if taken:
            events = [event for row in taken if (event := _event(row)) is not None]
            await _deliver(connection, wishes, events, now)
    return len(taken)


async def _lock_endpoints(connection: ScopedConnection) -> list[_Wish]:
    """One dispatch of a tenant at a time, or a room's events could pass each other."""
    cursor = await connection.execute(
        "SELECT id, events FROM chat_webhookendpoint WHERE enabled ORDER BY id FOR NO KEY UPDATE"
    )
    return [_Wish(*row) for row in await cursor.fetchall()]


async def _take(connection: ScopedConnection) -> Sequence[tuple[Any, ...]]:
    cursor = await connection.execute(_TAKE, (_MOST_TOGETHER,))
    return await cursor.fetchall()


_TAKE = f"""
    WITH taken AS (
        DELETE FROM chat_outboxevent
        WHERE id = ANY (ARRAY(SELECT id FROM chat_outboxevent ORDER BY id LIMIT %s))
        RETURNING id, type, room_id, message_id, seq, payload, created_at
    )
    SELECT taken.type, taken.room_id, taken.seq, taken.payload, taken.created_at, event.*
    FROM taken LEFT JOIN LATERAL (
        SELECT {COLUMNS} FROM chat_message message LEFT JOIN chat_user author ON author.id = message.user_id
        WHERE message.id = taken.message_id LIMIT 1
    ) event ON true
    ORDER BY taken.id
"""  # noqa: S608 - COLUMNS is a constant


def _event(row: Sequence[Any]) -> _Event | None:
    """None for what is gone with its room."""
    type_, room_id, seq, payload, happened_at, *columns = row
    data = payload if payload is not None else _data(type_, room_id, seq, columns)
    if data is None:
        return None
    body = encode({"type": type_, "timestamp": happened_at, "data": data}).decode()
    return _Event(wire_id("evt", uuid7()), type_, room_id or "", body)


def _data(type_: str, room_id: str, seq: int, columns: Sequence[Any]) -> Payload | None:
    """The socket's event. It tells of the message as it is by now, under the seq of what happened then."""
    if columns[0] is None:
        return None
    event: Payload = from_json(event_payload(RoomEvent(room_id, *columns)))
    return {**event, "type": type_, "seq": seq}


async def _deliver(
    connection: ScopedConnection, wishes: Iterable[_Wish], events: Sequence[_Event], now: datetime
) -> None:
    wanted = [(wish.endpoint_id, event) for wish in wishes for event in events if wish.covers(event.type)]
    if not wanted:
        return
    parameters = {
        "endpoints": [endpoint_id for endpoint_id, _ in wanted],
        "messages": [event.message_id for _, event in wanted],
        "types": [event.type for _, event in wanted],
        "rooms": [event.room_id for _, event in wanted],
        "bodies": [event.body for _, event in wanted],
        "now": now,
    }
    await connection.execute(_ADD_LANES, parameters)
    await connection.execute(_ADD_DELIVERIES, parameters)


# A lane that is there already is locked, so that nobody takes it for done while deliveries are added to it.
_ADD_LANES = """
    INSERT INTO chat_webhooklane AS lane (endpoint_id, room_id, due_at)
    SELECT DISTINCT endpoint_id, room_id, %(now)s::timestamptz
    FROM unnest(%(endpoints)s::text[], %(rooms)s::text[]) AS given (endpoint_id, room_id)
    ORDER BY endpoint_id, room_id
    ON CONFLICT (endpoint_id, room_id) DO UPDATE SET due_at = lane.due_at
"""
_ADD_DELIVERIES = """
    INSERT INTO chat_webhookdelivery (endpoint_id, message_id, type, room_id, body, due_at, created_at)
    SELECT endpoint_id, message_id, type, room_id, body, %(now)s, %(now)s
    FROM unnest(%(endpoints)s::text[], %(messages)s::text[], %(types)s::text[], %(rooms)s::text[], %(bodies)s::text[])
        WITH ORDINALITY AS given (endpoint_id, message_id, type, room_id, body, place)
    ORDER BY place
"""
