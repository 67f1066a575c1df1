"""RoomEvent: a durable event as it is stored, and the columns that it is read from."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

COLUMNS = """
    message.id, message.seq, message.changed_seq, message.kind, message.user_id, author.name, author.avatar,
    message.client_id, message.text, message.data, message.created_at, message.edited_at, message.deleted_at
"""
"""In the order of RoomEvent's fields after ``room_id``, from ``chat_message message`` and ``chat_user author``."""


class RoomEvent(NamedTuple):
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
