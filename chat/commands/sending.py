"""Storing messages, many at a time. The transaction behind every send is the function ``store_messages`` of the
tenant's schema (``chat/migrations/0003_store_messages.py``): one round trip, and a plan that is kept for each tenant.
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
    keys = list(map(_sameness, drafts))
    firsts: dict[tuple[Any, ...], Draft] = {}
    for key, draft in zip(keys, drafts, strict=True):
        firsts.setdefault(key, draft)
    with tenant_scope(tenant):
        async with tenant_connection() as connection:
            rows = await _store(connection, firsts.values())
    answers = dict(zip(firsts, map(_answer, firsts.values(), rows), strict=True))
    return [_own_answer(draft, answers[key]) for draft, key in zip(drafts, keys, strict=True)]


def _sameness(draft: Draft) -> tuple[Any, ...]:
    """What two drafts that are the same message have in common."""
    _, room_id, user_id, client_id, _ = draft
    return (draft.id,) if client_id is None else (room_id, user_id, client_id)


def _own_answer(draft: Draft, answer: Sent | ParleyError) -> Sent | ParleyError:
    """Only the first of several that are the same is announced."""
    if isinstance(answer, Sent) and answer.event is not None and answer.id != draft.id:
        return answer._replace(event=None)
    return answer


_STORE = """
SELECT verdict, CASE WHEN verdict = 'repeat' THEN id END, seq, created_at, name, avatar
FROM store_messages(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[])
"""


async def _store(connection: ScopedConnection, drafts: Iterable[Draft]) -> list[tuple[Any, ...]]:
    ids, *columns = zip(*drafts, strict=True)
    arrays = [_array([message_id.hex for message_id in ids]), *map(_array, columns)]
    cursor = await connection.execute(_STORE, arrays)
    return await cursor.fetchall()


def _array(texts: Iterable[str | None]) -> str:
    """PostgreSQL's literal of an array (its manual, section 8.15.2). psycopg takes five times as long to make one."""
    return "{" + ",".join(["NULL" if text is None else f'"{_escaped(text)}"' for text in texts]) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"') if '"' in text or "\\" in text else text


def _answer(draft: Draft, row: tuple[Any, ...]) -> Sent | ParleyError:
    verdict, before, seq, created_at, name, avatar = row
    if verdict in _VERDICTS:
        return ParleyError(_VERDICTS[verdict])
    if before is not None and before != draft.id:
        return Sent(before, seq, created_at, event=None)
    # A repeat of this very draft is our own retry after a lost connection: it was stored but never announced.
    event = RoomEvent(
        room_id=draft.room_id,
        id=draft.id,
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
    return Sent(draft.id, seq, created_at, event)
