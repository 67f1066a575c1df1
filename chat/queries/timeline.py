"""A room's events: the replay of a subscribe, pages of history, and what the hub reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chat.delivery.rooms import Replay, RoomKey
from chat.events import COLUMNS, RoomEvent, seen_by
from chat.payloads import event_payload
from chat.policies import Access, Actor, check_may_read
from chat.queries.access import BANNED, SHOWN
from kit.errors import ROOM_NOT_FOUND, ParleyError
from tenants.connections import tenant_connection
from tenants.scope import SchemaOnly, tenant_scope

MOST_REPLAYED = 500
MOST_HISTORY = 200


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room as one user finds it at one moment, with what came after ``since``. Before ``first_seq`` there is nothing
    any more."""

    key: RoomKey
    access: Access
    epoch: str
    first_seq: int
    replay: Replay


async def snapshot(
    schema: str, room_id: str, actor: Actor, since: int | None = None, epoch: str | None = None
) -> Snapshot:
    """Room, membership and replay of one moment. With another ``epoch`` than the room's, the replay begins anew.

    Raises ParleyError ``room_not_found``.
    """
    rows = await _room_with_events(room_id, actor.user_id, since, epoch, MOST_REPLAYED)
    if not rows:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    kind, archived, role, banned, room_epoch, first_seq, last_seq = rows[0][:7]
    events = [seen_by(RoomEvent(room_id, *row[7:]), actor.user_id) for row in rows if row[7] is not None]
    access = Access(kind, role, archived, banned)
    return Snapshot(RoomKey(schema, room_id), access, room_epoch, first_seq, _replay(last_seq, events))


async def _room_with_events(
    room_id: str, user_id: str | None, since: int | None, epoch: str | None, most: int
) -> list[tuple[Any, ...]]:
    parameters = {"room": room_id, "user": user_id, "since": since, "epoch": epoch, "most": most + 1}
    async with tenant_connection() as connection:
        cursor = await connection.execute(_SNAPSHOT, parameters)
        return await cursor.fetchall()


def _events_after(seq: str) -> str:
    """The durable events of ``room`` after a seq: messages as they came, which are nearly all, and later changes, which
    have a small index of their own."""
    one = f"""
        SELECT {COLUMNS} FROM chat_message message LEFT JOIN chat_user author ON author.id = message.user_id
        WHERE message.room_id = room.id AND message.changed_seq"""  # noqa: S608 - COLUMNS is a constant
    return f"""
        ({one} = message.seq AND message.seq > {seq} ORDER BY message.seq LIMIT %(most)s)
        UNION ALL
        ({one} <> message.seq AND message.changed_seq > {seq} ORDER BY message.changed_seq LIMIT %(most)s)
        ORDER BY changed_seq LIMIT %(most)s
    """


_SNAPSHOT = f"""
    WITH room AS (
        SELECT room.*, member.role, {BANNED} AS banned
        FROM chat_room room
        LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s
        WHERE room.id = %(room)s
    )
    SELECT room.kind, room.archived_at IS NOT NULL, room.role, room.banned, room.epoch, room.first_seq, room.last_seq,
        event.*
    FROM room LEFT JOIN LATERAL (
        {
    _events_after('''CASE WHEN room.banned OR room.kind <> 'open' AND room.role IS NULL THEN room.last_seq
            WHEN %(since)s::bigint IS NULL THEN room.last_seq
            WHEN COALESCE(%(epoch)s::text, room.epoch) = room.epoch THEN %(since)s::bigint ELSE 0 END''')
}
    ) event ON true
    ORDER BY event.changed_seq
"""  # noqa: S608 - all of them are constants


async def history(
    room_id: str, actor: Actor, *, before_seq: int | None, after_seq: int | None, limit: int
) -> tuple[list[RoomEvent], bool]:
    """A page of the room, ascending by seq, and whether there is more in the direction asked for.

    The page after ``after_seq`` or, without one, the page before ``before_seq`` (without either: the latest).
    Raises ParleyError ``room_not_found``, ``banned`` or ``not_allowed``.
    """
    forward = after_seq is not None
    parameters = {
        "room": room_id,
        "user": actor.user_id,
        "low": after_seq if forward else 0,
        "high": before_seq if not forward else None,
        "most": limit + 1,
    }
    async with tenant_connection() as connection:
        cursor = await connection.execute(_HISTORY_FORWARD if forward else _HISTORY_BACKWARD, parameters)
        rows = await cursor.fetchall()
    if not rows:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    kind, role, banned = rows[0][:3]
    check_may_read(actor, room_id, Access(kind, role, banned=banned))
    events = [seen_by(RoomEvent(room_id, *row[3:]), actor.user_id) for row in rows if row[3] is not None]
    page, more = events[:limit], len(events) > limit
    return (page if forward else page[::-1]), more


def _history(direction: str) -> str:
    return f"""
        SELECT room.kind, member.role, {BANNED}, page.*
        FROM chat_room room
        LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s
        LEFT JOIN LATERAL (
            SELECT {COLUMNS} FROM chat_message message LEFT JOIN chat_user author ON author.id = message.user_id
            WHERE message.room_id = room.id AND message.seq > %(low)s
                AND message.seq < COALESCE(%(high)s::bigint, 9223372036854775807) AND {SHOWN}
            ORDER BY message.seq {direction} LIMIT %(most)s
        ) page ON true
        WHERE room.id = %(room)s
        ORDER BY page.seq {direction}
    """  # noqa: S608 - all of them are constants


_HISTORY_FORWARD, _HISTORY_BACKWARD = _history("ASC"), _history("DESC")


# What the hub reads, for all listeners of a room at once


async def read_events(key: RoomKey, after: int) -> Replay:
    """Everything durable after ``after``; nothing for a room that is gone."""
    with tenant_scope(key):
        rows = await _room_with_events_for_hub(key.room_id, after)
    if not rows:
        return Replay(after, (), ())
    events = [RoomEvent(key.room_id, *row[1:]) for row in rows if row[1] is not None]
    return _replay(rows[0][0], events)


async def _room_with_events_for_hub(room_id: str, after: int) -> list[tuple[Any, ...]]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(_EVENTS_AFTER, {"room": room_id, "after": after, "most": MOST_REPLAYED + 1})
        return await cursor.fetchall()


_EVENTS_AFTER = f"""
    SELECT room.last_seq, event.*
    FROM chat_room room LEFT JOIN LATERAL (
        {_events_after("%(after)s")}
    ) event ON true
    WHERE room.id = %(room)s
    ORDER BY event.changed_seq
"""  # noqa: S608 - COLUMNS is a constant


async def read_heads(schema: str, room_ids: Sequence[str]) -> Mapping[str, int]:
    """The rooms' ``last_seq``; rooms that are gone are left out."""
    with tenant_scope(SchemaOnly(schema)):
        async with tenant_connection() as connection:
            cursor = await connection.execute(
                "SELECT id, last_seq FROM chat_room WHERE id = ANY(%s)", (list(room_ids),)
            )
            return dict(await cursor.fetchall())


def _replay(last_seq: int, events: Sequence[RoomEvent]) -> Replay:
    kept = events[:MOST_REPLAYED]
    return Replay(
        last_seq=last_seq,
        seqs=[event.changed_seq for event in kept],
        payloads=[event_payload(event) for event in kept],
        more=len(events) > len(kept),
    )
