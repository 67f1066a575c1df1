"""Storing messages, many at a time: the transaction behind every send.

Two statements. The first takes the rows of the rooms, in the order of their ids, so that two transactions cannot
wait for each other. The second, whose snapshot is younger than those locks, judges every draft by what holds now
(is the room there, open or joined, not archived; is the author there; was this ``client_id`` stored before), counts
seqs on, stores, and says what became of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chat.delivery.writer import HasSchema
from chat.events import RoomEvent
from kit.errors import NOT_ALLOWED, ROOM_ARCHIVED, ROOM_NOT_FOUND, ParleyError
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import tenant_scope


class Draft(NamedTuple):
    """A message that is not stored yet. ``id`` is made before, so that the commit can be repeated safely."""

    id: UUID
    room_id: str
    user_id: str
    client_id: str | None
    text: str


class Sent(NamedTuple):
    """What an ack says. ``event`` is None for a repeat, which was announced the first time."""

    id: UUID
    seq: int
    created_at: datetime
    event: RoomEvent | None


_VERDICTS = {"room_not_found": ROOM_NOT_FOUND, "not_allowed": NOT_ALLOWED, "room_archived": ROOM_ARCHIVED}


async def commit(tenant: HasSchema, drafts: Sequence[Draft]) -> list[Sent | ParleyError]:
    """Store all drafts of a tenant in one transaction; an answer for each, in order. Safe to repeat."""
    firsts = _first_of_each(drafts)
    with tenant_scope(tenant):
        async with tenant_connection() as connection:
            rows = await _store(connection, firsts.values())
    answers = dict(zip(firsts, map(_answer, firsts.values(), rows), strict=True))
    return [_own_answer(draft, answers[_sameness(draft)]) for draft in drafts]


def _sameness(draft: Draft) -> tuple[Any, ...]:
    """What two drafts that are the same message have in common."""
    _, room_id, user_id, client_id, _ = draft
    return (draft.id,) if client_id is None else (room_id, user_id, client_id)


def _first_of_each(drafts: Sequence[Draft]) -> dict[tuple[Any, ...], Draft]:
    firsts: dict[tuple[Any, ...], Draft] = {}
    for draft in drafts:
        firsts.setdefault(_sameness(draft), draft)
    return firsts


def _own_answer(draft: Draft, answer: Sent | ParleyError) -> Sent | ParleyError:
    """Only the first of several that are the same is announced."""
    if isinstance(answer, Sent) and answer.event is not None and answer.id != draft.id:
        return answer._replace(event=None)
    return answer


async def _store(connection: ScopedConnection, drafts: Iterable[Draft]) -> list[tuple[Any, ...]]:
    """In one round trip: all statements are sent before the first answer is read."""
    ids, rooms, users, clients, texts = map(list, zip(*drafts, strict=True))
    async with connection.pipeline(), connection.transaction():
        await connection.execute(_LOCK, (sorted(set(rooms)),))
        cursor = await connection.execute(_STORE, (ids, rooms, users, clients, texts))
    return await cursor.fetchall()


_LOCK = "SELECT FROM chat_room WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

_STORE = """
    WITH draft AS (
        SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
            WITH ORDINALITY AS draft (id, room_id, user_id, client_id, text, place)
    ), judged AS (
        SELECT draft.*, room.last_seq, author.name, author.avatar, before.id AS stored_id, before.seq AS stored_seq,
            before.created_at AS stored_at,
            CASE
                WHEN room.id IS NULL THEN 'room_not_found'
                WHEN author.id IS NULL OR author.deactivated_at IS NOT NULL THEN 'not_allowed'
                WHEN room.kind <> 'open' AND member.id IS NULL THEN 'not_allowed'
                WHEN before.id IS NOT NULL THEN 'repeat'
                WHEN room.archived_at IS NOT NULL THEN 'room_archived'
                ELSE 'store'
            END AS verdict
        FROM draft
        LEFT JOIN LATERAL (SELECT * FROM chat_room WHERE id = draft.room_id LIMIT 1) room ON true
        LEFT JOIN LATERAL (SELECT * FROM chat_user WHERE id = draft.user_id LIMIT 1) author ON true
        LEFT JOIN LATERAL (
            SELECT id FROM chat_member WHERE room_id = draft.room_id AND user_id = draft.user_id LIMIT 1
        ) member ON room.kind <> 'open'
        LEFT JOIN LATERAL (
            (SELECT id, seq, created_at FROM chat_message WHERE room_id = draft.room_id AND user_id = draft.user_id
                AND client_id = draft.client_id LIMIT 1)
            UNION ALL
            (SELECT id, seq, created_at FROM chat_message WHERE id = draft.id AND draft.client_id IS NULL LIMIT 1)
        ) before ON true
    ), numbered AS (
        SELECT judged.*, last_seq + row_number() OVER (PARTITION BY room_id ORDER BY place) AS seq
        FROM judged WHERE verdict = 'store'
    ), stored AS (
        INSERT INTO chat_message (id, room_id, seq, changed_seq, user_id, client_id, text, created_at)
        SELECT id, room_id, seq, seq, user_id, client_id, text, clock_timestamp() FROM numbered ORDER BY place
        RETURNING id, seq, created_at
    ), counted AS (
        UPDATE chat_room room SET last_seq = top.seq, active_at = clock_timestamp()
        FROM (SELECT room_id, max(seq) AS seq FROM numbered GROUP BY room_id) top WHERE room.id = top.room_id
    )
    SELECT judged.verdict, COALESCE(stored.id, judged.stored_id), COALESCE(stored.seq, judged.stored_seq),
        COALESCE(stored.created_at, judged.stored_at), judged.name, judged.avatar
    FROM judged LEFT JOIN stored ON stored.id = judged.id
    ORDER BY judged.place
"""


def _answer(draft: Draft, row: tuple[Any, ...]) -> Sent | ParleyError:
    verdict, message_id, seq, created_at, name, avatar = row
    if verdict in _VERDICTS:
        return ParleyError(_VERDICTS[verdict])
    if verdict == "repeat" and message_id != draft.id:
        return Sent(message_id, seq, created_at, event=None)
    # A repeat of this very draft is our own retry after a lost connection: it was stored but never announced.
    event = RoomEvent(
        room_id=draft.room_id,
        id=message_id,
        seq=seq,
        changed_seq=seq,
        kind="message",
        user_id=draft.user_id,
        user_name=name,
        user_avatar=avatar or None,
        client_id=draft.client_id,
        text=draft.text,
        data=None,
        created_at=created_at,
    )
    return Sent(message_id, seq, created_at, event)
