"""What goes out: users, rooms, messages and events as the wire and REST show them, encoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from chat.events import NOTHING_RARE, WITHHELD, RoomEvent
from kit.ids import wire_id

Payload = dict[str, Any]


def encode(payload: Payload) -> bytes:
    """Compact UTF-8 JSON; times as RFC 3339 in UTC."""
    return to_json(payload)


def user_payload(user_id: str, name: str, avatar: str | None = None, *, guest: bool = False) -> Payload:
    payload: Payload = {"id": user_id, "name": name}
    if avatar:
        payload["avatar"] = avatar
    if guest:
        payload["guest"] = True
    return payload


def message_payload(event: RoomEvent) -> Payload:
    """A message as history shows it; a deleted one keeps its place and loses its words. What only some messages have is
    left out of the others: most are plain, and each goes out many times."""
    deleted = event.deleted_at is not None or event.kind == WITHHELD
    payload = {
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
    rare = event[_FIRST_RARE:]
    if rare != NOTHING_RARE:
        payload |= _rare_fields(rare, deleted=deleted)
    return payload


def _rare_fields(values: Iterable[Any], *, deleted: bool) -> Payload:
    return {
        name: _SHAPED[name](value) if name in _SHAPED else value
        for name, value in zip(_RARE, values, strict=True)
        if value and not (deleted and name not in _OF_THE_THREAD)
    }


_RARE = (
    "html",
    "mentions",
    "mentions_room",
    "parent",
    "quote",
    "reply_count",
    "last_repliers",
    "reactions",
    "attachments",
    "pinned_at",
    "pinned_by",
)
_OF_THE_THREAD = frozenset({"parent", "reply_count", "last_repliers"})
_FIRST_RARE = RoomEvent._fields.index("html")


def _message_id(message_id: UUID) -> str:
    return wire_id("m", message_id)


def _quote(quote: dict[str, Any]) -> Payload:
    user_id = quote["user_id"]
    return {
        "id": _message_id(UUID(quote["id"])),
        "seq": quote["seq"],
        "user": user_payload(user_id, quote["user_name"], quote["user_avatar"]) if user_id else None,
        "text": quote["text"],
    }


_SHAPED: dict[str, Callable[[Any], Any]] = {"parent": _message_id, "quote": _quote}


def event_payload(event: RoomEvent) -> bytes:
    """The durable event that clients receive, under the seq of its latest change."""
    if event.kind in ("message", "system"):
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
    if event.kind == WITHHELD:
        return encode({"type": "message.withheld", "room": event.room_id, "seq": event.changed_seq})
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
