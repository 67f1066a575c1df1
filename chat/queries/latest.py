"""Messages of all rooms, the latest first: for those who look after the place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.models import MessageKind
from kit.ids import first_uuid7
from tenants.connections import fetch_all


@dataclass(frozen=True, slots=True)
class Said:
    """``text`` is empty once it is deleted. A withheld one was said by somebody who is shadow-blocked."""

    id: UUID
    room_id: str
    room_name: str
    seq: int
    kind: str
    user_id: str | None
    user_name: str | None
    text: str
    attachments: list[dict[str, Any]]
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None

    @property
    def withheld(self) -> bool:
        return self.kind == MessageKind.WITHHELD


@dataclass(frozen=True, slots=True)
class Wanted:
    """Only of this room, of this author, from this time on, before that time."""

    room_id: str | None = None
    user_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def latest(wanted: Wanted, *, limit: int, before: tuple[UUID, int] | None = None) -> tuple[list[Said], bool]:
    """Messages by the time of their coming in, and whether there are more. ``before`` is the last one's id and seq."""
    before_id, before_seq = before or (None, None)
    parameters = {
        "room": wanted.room_id,
        "user": wanted.user_id,
        "low": first_uuid7(wanted.since) if wanted.since else None,
        "high": first_uuid7(wanted.until) if wanted.until else None,
        "before_id": before_id,
        "before_seq": before_seq,
        "most": limit + 1,
    }
    found = await fetch_all(Said, _LATEST[bool(wanted.room_id), bool(wanted.user_id)], parameters)
    return found[:limit], len(found) > limit


async def said(message_id: UUID) -> Said | None:
    found = await fetch_all(Said, _ONE, {"id": message_id})
    return found[0] if found else None


async def around(room_id: str, seq: int, *, before: int, after: int) -> list[Said]:
    """A room's messages next to a place in it, ascending."""
    return await fetch_all(Said, _AROUND, {"room": room_id, "seq": seq, "before": before, "after": after})


_SAID = """
    SELECT message.id, message.room_id, room.name AS room_name, message.seq, message.kind, message.user_id,
        author.name AS user_name, message.text, message.attachments, message.created_at, message.edited_at,
        message.deleted_at
"""
_FROM = """
    LEFT JOIN chat_room room ON room.id = message.room_id LEFT JOIN chat_user author ON author.id = message.user_id
"""
_KINDS = "message.kind IN ('message', 'system', 'withheld')"
_BETWEEN = """
    message.id >= COALESCE(%(low)s::uuid, '00000000-0000-0000-0000-000000000000')
        AND message.id < COALESCE(%(high)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
"""


def _latest(condition: str, order: str) -> str:
    return f"""
        {_SAID} FROM (
            SELECT * FROM chat_message message WHERE {_KINDS} AND {_BETWEEN} AND {condition}
            ORDER BY {order} DESC LIMIT %(most)s
        ) message {_FROM} ORDER BY {order} DESC
    """  # noqa: S608 - constants


_BEFORE = "message.id < COALESCE(%(before_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')"
_IN_ROOM = """
    message.room_id = %(room)s::text AND message.seq < COALESCE(%(before_seq)s::bigint, 9223372036854775807)
"""
_BY_USER = "message.user_id = %(user)s::text"
_LATEST = {
    (False, False): _latest(_BEFORE, "message.id"),
    (False, True): _latest(f"{_BEFORE} AND {_BY_USER}", "message.id"),
    (True, False): _latest(_IN_ROOM, "message.seq"),
    (True, True): _latest(f"{_IN_ROOM} AND {_BY_USER}", "message.seq"),
}
"""With a room, with an author: each by an index."""

_ONE = f"{_SAID} FROM chat_message message {_FROM} WHERE message.id = %(id)s::uuid AND {_KINDS}"
_AROUND = f"""
    {_SAID} FROM (
        (SELECT * FROM chat_message message WHERE room_id = %(room)s AND seq <= %(seq)s AND {_KINDS}
            ORDER BY seq DESC LIMIT %(before)s + 1)
        UNION ALL
        (SELECT * FROM chat_message message WHERE room_id = %(room)s AND seq > %(seq)s AND {_KINDS}
            ORDER BY seq LIMIT %(after)s)
    ) message {_FROM} ORDER BY message.seq
"""  # noqa: S608 - constants
