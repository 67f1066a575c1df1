"""What goes out: users, rooms, messages and events as the wire and REST show them, encoded once."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from chat.events import RoomEvent
from kit.ids import wire_id

Payload = dict[str, Any]


def encode(payload: Payload) -> bytes:
    """Compact UTF-8 JSON; times as RFC 3339 in UTC."""
    return to_json(payload)


def user_payload(user_id: str, name: str, avatar: str | None = None) -> Payload:
    payload = {"id": user_id, "name": name}
    return {**payload, "avatar": avatar} if avatar else payload


def message_payload(event: RoomEvent) -> Payload:
    """A message as history shows it; a deleted one keeps its place and loses its words."""
    deleted = event.deleted_at is not None
    return {
        "id": wire_id("m", event.id),
        "seq": event.seq,
        "kind": event.kind,
        "user": _author(event),
        "text": "" if deleted else event.text,
        "client_id": event.client_id,
        "created_at": event.created_at,
        "edited_at": event.edited_at,
        "deleted": deleted,
        "data": None if deleted else event.data,
    }


def event_payload(event: RoomEvent) -> bytes:
    """The durable event that clients receive, under the seq of its latest change."""
    if event.kind == "message":
        kind = "message.created" if event.changed_seq == event.seq else "message.updated"
        kind = "message.deleted" if event.deleted_at is not None else kind
        return encode(
            {
                "type": kind,
                "room": event.room_id,
                "seq": event.changed_seq,
                "message": message_payload(event),
            }
        )
    return encode(
        {
            "type": event.kind,
            "room": event.room_id,
            "seq": event.seq,
            "user": _author(event),
            **(event.data or {}),
            "created_at": event.created_at,
        }
    )


def passing_payload(kind: str, room_id: str, user: Payload, **more: Any) -> bytes:
    """An event without a seq: typing, reading, presence."""
    return encode({"type": kind, "room": room_id, "user": user, **more})


def _author(event: RoomEvent) -> Payload | None:
    if event.user_id is None:
        return None
    return user_payload(event.user_id, event.user_name or event.user_id, event.user_avatar)
