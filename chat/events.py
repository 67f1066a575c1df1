"""RoomEvent: a durable event as it is stored, and the columns that it is read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

COLUMNS = """
    message.id, message.seq, message.changed_seq, message.kind, message.user_id, author.name, author.avatar,
    message.client_id, message.text, message.data, message.created_at, message.edited_at, message.deleted_at,
    message.html, message.mentions, message.mentions_room, message.parent_id,
    CASE WHEN message.quoted_id IS NOT NULL THEN quote_of(message.quoted_id) END AS quote,
    message.reply_count, message.last_repliers, message.reactions, message.attachments, message.pinned_at,
    message.pinned_by
"""
"""In the order of RoomEvent's fields after ``room_id``, from ``chat_message message`` and ``chat_user author``."""


class RoomEvent(NamedTuple):
    """``quote`` has ``id``, ``seq``, ``user_id``, ``user_name``, ``user_avatar`` and ``text``; ``reactions`` and
    ``attachments`` are as they are shown."""

    room_id: str
    id: UUID
    seq: int
    changed_seq: int
    kind: str
    user_id: str | None
    user_name: str | None
    user_avatar: str | None
    client_id: str | None
    text: str
    data: dict[str, Any] | None
    created_at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    html: str | None = None
    mentions: Sequence[str] = ()
    mentions_room: bool = False
    parent_id: UUID | None = None
    quote: dict[str, Any] | None = None
    reply_count: int = 0
    last_repliers: Sequence[str] = ()
    reactions: Sequence[dict[str, Any]] = ()
    attachments: Sequence[dict[str, Any]] = ()
    pinned_at: datetime | None = None
    pinned_by: str | None = None


WITHHELD = "withheld"
"""The kind of what somebody said who was shadow-blocked. It takes a seq, and only its author is told more."""


def seen_by(event: RoomEvent, user_id: str | None) -> RoomEvent:
    """To its author a withheld message is one like any other."""
    return event._replace(kind="message") if event.kind == WITHHELD and event.user_id == user_id else event


NOTHING_RARE = tuple(RoomEvent._field_defaults.values())
"""The values of what only some messages have, of one that has none of it."""
