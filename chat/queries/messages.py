"""Single messages, and those that belong to one: its replies, its earlier wordings; and a room's pins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.events import COLUMNS, RoomEvent, seen_by
from chat.policies import Access, Actor, check_may_moderate, check_may_read
from chat.queries.access import BANNED, SHOWN
from kit.errors import MESSAGE_NOT_FOUND, ROOM_NOT_FOUND, ParleyError
from kit.ids import stored_id
from tenants.connections import tenant_connection


@dataclass(frozen=True, slots=True)
class Wording:
    """What a message said until ``edited_at``."""

    text: str
    data: dict[str, Any] | None
    edited_by: str | None
    edited_at: datetime


async def message_for(actor: Actor, room_id: str, message_id: str) -> RoomEvent:
    """Raises ParleyError ``room_not_found``, ``message_not_found``, ``banned``, ``not_allowed``."""
    _, [message] = await _read(_MESSAGE, actor, room_id, message=_id(message_id))
    return seen_by(RoomEvent(room_id, *message), actor.user_id)


async def replies(
    actor: Actor, room_id: str, message_id: str, *, after_seq: int, limit: int
) -> tuple[list[RoomEvent], bool]:
    """Replies to a message, ascending by seq, and whether there are more. Raises as ``message_for`` does."""
    _, found = await _read(_REPLIES, actor, room_id, message=_id(message_id), after=after_seq, most=limit + 1)
    return [seen_by(RoomEvent(room_id, *reply), actor.user_id) for reply in found[:limit]], len(found) > limit


async def pins(actor: Actor, room_id: str) -> list[RoomEvent]:
    """The room's pinned messages, the latest pinned first. Raises ``room_not_found``, ``banned``, ``not_allowed``."""
    _, found = await _read(_PINS, actor, room_id)
    return [RoomEvent(room_id, *message) for message in found]


async def wordings(actor: Actor, room_id: str, message_id: str) -> list[Wording]:
    """What a message said before, the oldest first: for its author, moderators, owners and the server.

    Raises ParleyError as ``message_for`` does.
    """
    access, found = await _read(_WORDINGS, actor, room_id, message=_id(message_id))
    _, author_id, *_ = found[0]
    if actor.user_id != author_id:
        check_may_moderate(actor, access)
    return [Wording(*wording) for _, _, edit_id, *wording in found if edit_id is not None]


def _id(message_id: str) -> UUID | None:
    """None, which no message has, for what names none at all."""
    try:
        return stored_id("m", message_id)
    except ValueError:
        return None


async def _read(statement: str, actor: Actor, room_id: str, **parameters: object) -> tuple[Access, list[Sequence[Any]]]:
    """The room as the actor finds it, and what a statement of ``_in_room`` finds there.

    Raises ParleyError ``room_not_found``, ``message_not_found``, ``banned``, ``not_allowed``.
    """
    async with tenant_connection() as connection:
        cursor = await connection.execute(statement, {"room": room_id, "user": actor.user_id, **parameters})
        rows = await cursor.fetchall()
    if not rows:
        raise ParleyError(ROOM_NOT_FOUND, f"There is no room {room_id!r}.")
    kind, role, banned, archived, is_there, *_ = rows[0]
    access = Access(kind, role, archived, banned)
    check_may_read(actor, room_id, access)
    if not is_there:
        raise ParleyError(MESSAGE_NOT_FOUND)
    return access, [found for _, _, _, _, _, *found in rows if found[0] is not None]


def _in_room(is_there: str, columns: str, source: str, order: str = "") -> str:
    """Each row begins with the room as the actor finds it, and whether what was asked about is there."""
    return f"""
        SELECT room.kind, member.role, {BANNED}, room.archived_at IS NOT NULL, {is_there}, found.*
        FROM chat_room room
        LEFT JOIN chat_member member ON member.room_id = room.id AND member.user_id = %(user)s::text
        LEFT JOIN LATERAL (SELECT {columns} FROM {source}) found ON true
        WHERE room.id = %(room)s::text {order}
    """  # noqa: S608 - all of them are constants


_THIS = f"message.id = %(message)s::uuid AND message.room_id = room.id AND {SHOWN}"
_ALL = "chat_message message LEFT JOIN chat_user author ON author.id = message.user_id"
_MESSAGE = _in_room("found.id IS NOT NULL", COLUMNS, f"{_ALL} WHERE {_THIS}")
_REPLIES = _in_room(
    f"EXISTS (SELECT FROM chat_message message WHERE {_THIS})",
    COLUMNS,
    f"""{_ALL} WHERE message.parent_id = %(message)s::uuid AND message.room_id = room.id
        AND message.seq > %(after)s::bigint AND {SHOWN} ORDER BY message.seq LIMIT %(most)s::int""",
    "ORDER BY found.seq",
)
_PINS = _in_room(
    "true",
    COLUMNS,
    f"{_ALL} WHERE message.room_id = room.id AND message.pinned_at IS NOT NULL",
    "ORDER BY found.pinned_at DESC",
)
_WORDINGS = _in_room(
    "found.message_id IS NOT NULL",
    """message.id AS message_id, message.user_id, edit.id AS edit_id, edit.text, edit.data, edit.edited_by,
        edit.edited_at""",
    f"chat_message message LEFT JOIN chat_messageedit edit ON edit.message_id = message.id WHERE {_THIS}",
    "ORDER BY found.edit_id",
)
