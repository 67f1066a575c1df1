"""Bringing in what was said elsewhere before: messages with times of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from chat.commands.auditing import record_act
from chat.commands.locking import lock_room
from chat.delivery.rooms import RoomKey
from chat.events import RoomEvent
from chat.markdown import render
from chat.policies import SERVER
from chat.publishing import announce
from kit.errors import INVALID, ROOM_ARCHIVED, FieldError, ParleyError
from kit.ids import uuid7
from tenants.allowances import check_messages_left
from tenants.connections import ScopedConnection, tenant_connection
from tenants.records import TenantRecord
from tenants.scope import schema_in_scope


class OldMessage(NamedTuple):
    """What ``user_id`` said at ``created_at``."""

    user_id: str
    client_id: str
    text: str
    created_at: datetime


class Imported(NamedTuple):
    """A message as it is stored now. ``event`` is None for one that was there before."""

    id: UUID
    seq: int
    created_at: datetime
    event: RoomEvent | None


async def import_messages(tenant: TenantRecord, room_id: str, messages: Sequence[OldMessage]) -> list[Imported]:
    """Store messages behind what the room has, in the order given; each counts and replays as any other, under its own
    time. Nobody is notified: who had read everything still has, and the room's last activity stays when it was.

    A message whose user and ``client_id`` are stored already is left as it is. All of them or, when one is refused,
    none. Raises ParleyError ``plan_limit_reached``, ``invalid``, ``room_not_found``, ``user_not_found``,
    ``room_archived``.
    """
    check_messages_left(tenant)
    _check(messages, tenant.limits.text_characters)
    html = await _rendered(messages)
    async with tenant_connection() as connection, connection.transaction():
        room = await lock_room(connection, SERVER, room_id, *{message.user_id for message in messages})
        if room.access.archived:
            raise ParleyError(ROOM_ARCHIVED)
        for message in messages:
            room.place_of(message.user_id)
        imported = await _store(connection, room_id, messages, html)
    events = [each.event for each in imported if each.event is not None]
    if events:
        await announce(RoomKey(schema_in_scope(), room_id), events)
        await record_act(SERVER, "messages.imported", f"room:{room_id}", after={"messages": len(events)})
    return imported


def _check(messages: Sequence[OldMessage], most_characters: int) -> None:
    now, seen = datetime.now(UTC), set()
    errors: list[FieldError] = []
    for place, message in enumerate(messages):
        faults = {
            "text": _text_fault(message.text, most_characters),
            "created_at": "future" if message.created_at > now else None,
            "client_id": "repeated" if (message.user_id, message.client_id) in seen else None,
        }
        errors += [{"field": f"messages.{place}.{field}", "code": code} for field, code in faults.items() if code]
        seen.add((message.user_id, message.client_id))
    if errors:
        raise ParleyError(INVALID, errors=errors)


def _text_fault(text: str, most_characters: int) -> str | None:
    if not text.strip():
        return "empty"
    return "too_long" if len(text) > most_characters else None


async def _rendered(messages: Sequence[OldMessage]) -> list[str | None]:
    """The texts' Markdown, one at a time: others are served in between."""
    html = []
    for message in messages:
        html.append(render(message.text))
        await asyncio.sleep(0)
    return html


async def _store(
    connection: ScopedConnection, room_id: str, messages: Sequence[OldMessage], html: list[str | None]
) -> list[Imported]:
    users, clients, texts, times = zip(*messages, strict=True)
    parameters = {
        "room": room_id,
        "ids": [uuid7() for _ in messages],
        "users": list(users),
        "clients": list(clients),
        "texts": list(texts),
        "html": html,
        "times": list(times),
    }
    cursor = await connection.execute(_IMPORT, parameters)
    rows = await cursor.fetchall()
    return [_imported(room_id, message, row) for message, row in zip(messages, rows, strict=True)]


def _imported(room_id: str, message: OldMessage, row: tuple[Any, ...]) -> Imported:
    message_id, seq, created_at, html, is_new, name, avatar = row
    event = RoomEvent(
        room_id=room_id,
        id=message_id,
        seq=seq,
        changed_seq=seq,
        kind="message",
        user_id=message.user_id,
        user_name=name,
        user_avatar=avatar or None,
        client_id=message.client_id,
        text=message.text,
        data=None,
        created_at=created_at,
        html=html,
    )
    return Imported(message_id, seq, created_at, event if is_new else None)


# The caller's transaction holds the room's row.
_IMPORT = """
    WITH draft AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(users)s::text[], %(clients)s::text[], %(texts)s::text[],
            %(html)s::text[], %(times)s::timestamptz[])
            WITH ORDINALITY AS draft (id, user_id, client_id, text, html, created_at, place)
    ), judged AS (
        SELECT draft.*, before.id AS stored_id, before.seq AS stored_seq, before.created_at AS stored_at
        FROM draft LEFT JOIN LATERAL (
            SELECT id, seq, created_at FROM chat_message
            WHERE user_id = draft.user_id AND room_id = %(room)s::text AND client_id = draft.client_id LIMIT 1
        ) before ON true
    ), numbered AS (
        SELECT judged.*, room.last_seq + row_number() OVER (ORDER BY place) AS seq
        FROM judged, chat_room room WHERE room.id = %(room)s::text AND stored_id IS NULL
    ), stored AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, client_id, text, html, created_at)
        SELECT id, %(room)s::text, seq, seq, user_id, client_id, text, html, created_at FROM numbered ORDER BY place
    ), counted AS (
        UPDATE chat_room SET last_seq = last_seq + (SELECT count(*) FROM numbered) WHERE id = %(room)s::text
        RETURNING last_seq
    ), still_level AS (
        UPDATE chat_member SET read_seq = counted.last_seq FROM counted
        WHERE room_id = %(room)s::text AND read_seq >= counted.last_seq - (SELECT count(*) FROM numbered)
    )
    SELECT COALESCE(judged.stored_id, judged.id), COALESCE(judged.stored_seq, numbered.seq),
        COALESCE(judged.stored_at, judged.created_at), judged.html, judged.stored_id IS NULL, author.name, author.avatar
    FROM judged LEFT JOIN numbered ON numbered.place = judged.place
    LEFT JOIN LATERAL (SELECT name, avatar FROM chat_user WHERE id = judged.user_id LIMIT 1) author ON true
    ORDER BY judged.place
"""
