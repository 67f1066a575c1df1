"""Storing messages, many at a time. The transaction behind every send is the function ``store_messages`` of the
tenant's schema (``chat/migrations/0014_moderation.py``): one round trip, and a plan kept for each tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from psycopg.errors import ObjectNotInPrerequisiteState
from pydantic_core import to_json

from chat.delivery.writer import HasSchema
from chat.events import NOTHING_RARE, WITHHELD, RoomEvent
from kit.errors import (
    BANNED,
    INVALID,
    MAINTENANCE,
    MESSAGE_DELETED,
    MESSAGE_NOT_FOUND,
    MUTED,
    NOT_ALLOWED,
    ROOM_ARCHIVED,
    ROOM_FROZEN,
    ROOM_NOT_FOUND,
    SLOW_MODE,
    FieldError,
    ParleyError,
)
from tenants.connections import ScopedConnection, tenant_connection
from tenants.scope import tenant_scope


class Extras(TypedDict, total=False):
    """What few messages have. ``mentions`` are ids that the text names, to be kept where they are of people who may
    read the room; ``mentions_room`` counts where its author may call everybody."""

    kind: str
    html: str
    data: dict[str, Any]
    mentions: list[str]
    mentions_room: bool
    parent: UUID
    quote: UUID
    attachments: list[dict[str, Any]]


class Draft(NamedTuple):
    """A message that is not stored yet. ``id`` is made before, so that the commit can be repeated safely. Without a
    ``user_id`` the tenant's server says it."""

    id: UUID
    room_id: str
    user_id: str | None
    client_id: str | None
    text: str
    extras: Extras | None = None


class Sent(NamedTuple):
    """What an ack says. ``event`` is None for a repeat, which was announced the first time. ``parent`` is the message
    that this and perhaps others of its transaction reply to, as they left it; one of them carries it."""

    id: UUID
    seq: int
    created_at: datetime
    event: RoomEvent | None
    parent: RoomEvent | None = None


_VERDICTS = {
    "room_not_found": ROOM_NOT_FOUND,
    "not_allowed": NOT_ALLOWED,
    "banned": BANNED,
    "room_archived": ROOM_ARCHIVED,
    "room_frozen": ROOM_FROZEN,
    "message_not_found": MESSAGE_NOT_FOUND,
    "message_deleted": MESSAGE_DELETED,
}
_PAUSES = {"slow_mode": SLOW_MODE, "muted": MUTED}


async def commit(tenant: HasSchema, drafts: Sequence[Draft]) -> list[Sent | ParleyError]:
    """Store all drafts of a tenant in one transaction; an answer for each, in order. Safe to repeat."""
    firsts: dict[tuple[Any, ...], Draft] = {}
    for draft in drafts:
        firsts.setdefault(_sameness(draft), draft)
    with tenant_scope(tenant):
        try:
            async with tenant_connection() as connection:
                rows = await _store(connection, firsts.values())
        except ObjectNotInPrerequisiteState:  # it moves: let in before this process heard of it
            return [ParleyError(MAINTENANCE, retry_after=1.0)] * len(drafts)
    answers = list(map(_answer, firsts.values(), rows))
    return answers if len(answers) == len(drafts) else _with_repeats(drafts, dict(zip(firsts, answers, strict=True)))


def _sameness(draft: Draft) -> tuple[Any, ...]:
    """What two drafts that are the same message have in common."""
    _, room_id, user_id, client_id, _, _ = draft
    return (draft.id,) if client_id is None else (room_id, user_id, client_id)


def _with_repeats(
    drafts: Iterable[Draft], answers: dict[tuple[Any, ...], Sent | ParleyError]
) -> list[Sent | ParleyError]:
    return [_own_answer(draft, answers[_sameness(draft)]) for draft in drafts]


def _own_answer(draft: Draft, answer: Sent | ParleyError) -> Sent | ParleyError:
    """Only the first of several that are the same is announced."""
    if isinstance(answer, Sent) and answer.event is not None and answer.id != draft.id:
        return answer._replace(event=None, parent=None)
    return answer


_STORE = """
SELECT verdict, CASE WHEN verdict <> 'store' THEN id END, seq, created_at, name, avatar, wait, more
FROM store_messages(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb)
"""


async def _store(connection: ScopedConnection, drafts: Iterable[Draft]) -> list[tuple[Any, ...]]:
    ids, *columns, extras = zip(*drafts, strict=True)
    arrays = [_array([message_id.hex for message_id in ids]), *map(_array, columns)]
    cursor = await connection.execute(_STORE, [*arrays, to_json(extras).decode() if any(extras) else None])
    return await cursor.fetchall()


def _array(texts: Iterable[str | None]) -> str:
    """PostgreSQL's literal of an array (its manual, section 8.15.2). psycopg takes five times as long to make one."""
    return "{" + ",".join(["NULL" if text is None else f'"{_escaped(text)}"' for text in texts]) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"') if '"' in text or "\\" in text else text


def _answer(draft: Draft, row: tuple[Any, ...]) -> Sent | ParleyError:
    verdict, before, seq, created_at, name, avatar, wait, more = row
    if verdict not in ("store", "repeat", "withheld"):
        return _refusal(verdict, wait)
    if before is not None and before != draft.id:
        return Sent(before, seq, created_at, event=None)
    # A repeat of this very draft is our own retry after a lost connection: it was stored but never announced.
    message_id, room_id, user_id, client_id, text, extras = draft
    author = user_id, name, avatar or None
    # By place: with names it takes five times as long, and nothing else is done for each message here.
    event = RoomEvent._make(
        (room_id, message_id, seq, seq, "message", *author, client_id, text, None, created_at, *NOTHING_RARE)
    )
    if verdict == "withheld":
        event = event._replace(kind=WITHHELD)
    if extras is None:
        return Sent(message_id, seq, created_at, event)
    return Sent(message_id, seq, created_at, _with_extras(event, extras, more), _parent(draft, more["parent"]))


def _refusal(verdict: str, wait: float | None) -> ParleyError:
    if verdict in _PAUSES:
        return ParleyError(_PAUSES[verdict], retry_after=None if wait is None else round(wait, 3))
    if verdict == "parent_is_reply":
        errors: list[FieldError] = [{"field": "parent", "code": "is_reply"}]
        return ParleyError(INVALID, "The parent is a reply itself.", errors=errors)
    return ParleyError(_VERDICTS[verdict])


def _with_extras(event: RoomEvent, extras: Extras, more: dict[str, Any]) -> RoomEvent:
    return event._replace(
        kind=event.kind if event.kind == WITHHELD else extras.get("kind", event.kind),
        html=extras.get("html"),
        data=extras.get("data"),
        mentions=more["mentions"],
        mentions_room=more["mentions_room"],
        parent_id=extras.get("parent"),
        quote=more["quote"],
        attachments=more["attachments"],
    )


def _parent(draft: Draft, row: dict[str, Any] | None) -> RoomEvent | None:
    """A row of ``chat_message`` in JSON."""
    if row is None:
        return None
    stored = {field: row[field] for field in RoomEvent._fields}
    stored |= {field: _moment(row[field]) for field in ("created_at", "edited_at", "deleted_at", "pinned_at")}
    return RoomEvent(**{**stored, "id": UUID(row["id"]), "user_avatar": row["user_avatar"] or None})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
