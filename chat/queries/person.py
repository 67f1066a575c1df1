"""All that there is of one person: for those who look after the place, and for the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chat.queries.presence import HERE
from tenants.connections import fetch_all, tenant_connection

_RECENT_ROOMS = 20
_RECENT_IN_ROOM = 500
_PAGE = 500


async def is_here(user_id: str) -> bool:
    """Whether the person has a socket open by now, seen by others or not."""
    async with tenant_connection() as connection:
        cursor = await connection.execute(f"SELECT {HERE} FROM chat_user person WHERE id = %s", (user_id,))  # noqa: S608
        row = await cursor.fetchone()
    return bool(row and row[0])


@dataclass(frozen=True, slots=True)
class RecentMessage:
    room_id: str
    room_name: str
    text: str
    attachments: int
    deleted: bool
    created_at: datetime


async def recent_messages(user_id: str, *, limit: int) -> list[RecentMessage]:
    """The latest of the person's among the last few hundred events of each of the rooms that were active last."""
    parameters = {"user": user_id, "rooms": _RECENT_ROOMS, "behind": _RECENT_IN_ROOM, "most": limit}
    return await fetch_all(RecentMessage, _RECENT, parameters)


# By no index of all that a person said, for there is none: each message would have to be entered in it.
_RECENT = """
    SELECT room.id AS room_id, room.name AS room_name, said.text, jsonb_array_length(said.attachments) AS attachments,
        said.deleted_at IS NOT NULL AS deleted, said.created_at
    FROM (
        SELECT room.id, room.name, room.last_seq
        FROM chat_member member JOIN chat_room room ON room.id = member.room_id
        WHERE member.user_id = %(user)s ORDER BY room.active_at DESC LIMIT %(rooms)s
    ) room
    CROSS JOIN LATERAL (
        SELECT * FROM chat_message
        WHERE room_id = room.id AND seq > room.last_seq - %(behind)s AND user_id = %(user)s
            AND kind IN ('message', 'withheld')
        ORDER BY seq DESC LIMIT %(most)s
    ) said
    ORDER BY said.created_at DESC LIMIT %(most)s
"""

Rows = AsyncIterator[list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A file that the person handed in."""

    id: str
    name: str
    path: str


def known_of(user_id: str) -> dict[str, Rows]:
    """What is known of a person, in parts that have a name, each some rows at a time. What is withheld is there as its
    author is shown it."""
    return {name: _pages(statement, user_id) for name, statement in _PARTS.items()}


async def _pages(statement: str, user_id: str) -> Rows:
    after = ""
    while True:
        async with tenant_connection() as connection:
            cursor = await connection.execute(statement, {"user": user_id, "after": after, "most": _PAGE})
            found = await cursor.fetchall()
        if found:
            yield [row for _, row in found]
        if len(found) < _PAGE:
            return
        after = str(found[-1][0])


async def files_of(user_id: str) -> AsyncIterator[PersonFile]:
    async for rows in _pages(_FILES, user_id):
        for row in rows:
            yield PersonFile(row["id"], row["name"], row["path"])


def _paged(columns: str, source: str, key: str, kind: str = "text") -> str:
    """Rows behind the one with the key ``after``, in the order of their keys."""
    first = {"text": "", "bigint": "0", "uuid": str(UUID(int=0))}[kind]
    return f"""
        SELECT page_key, to_jsonb(part) - 'page_key' FROM (
            SELECT {columns}, {key} AS page_key FROM {source}
            AND {key} > COALESCE(NULLIF(%(after)s, ''), '{first}')::{kind} ORDER BY {key} LIMIT %(most)s
        ) part ORDER BY page_key
    """  # noqa: S608 - constants


_PARTS = {
    "profile": _paged(
        "id, name, avatar, data, account_id, created_at, deactivated_at, revoked_before, last_seen_at, invisible",
        "chat_user WHERE id = %(user)s",
        "id",
    ),
    "rooms": _paged(
        "room_id, (SELECT name FROM chat_room WHERE id = room_id) AS room_name, role, read_seq, muted, joined_at",
        "chat_member WHERE user_id = %(user)s",
        "room_id",
    ),
    "messages": _paged(
        "id, room_id, seq, CASE kind WHEN 'withheld' THEN 'message' ELSE kind END AS kind, text, data, mentions,"
        " parent_id, quoted_id, reactions, attachments, created_at, edited_at, deleted_at",
        "chat_message WHERE user_id = %(user)s",
        "id",
        "uuid",
    ),
    "earlier_texts": _paged(
        "message_id, text, data, edited_at",
        "chat_messageedit WHERE edited_by = %(user)s",
        "id",
        "bigint",
    ),
    "reactions": _paged("message_id, emoji, created_at", "chat_reaction WHERE user_id = %(user)s", "id", "bigint"),
    "reports": _paged(
        "id, message_id, room_id, reason, note, created_at, resolution, resolved_at",
        "chat_report WHERE reporter_id = %(user)s",
        "id",
        "uuid",
    ),
    "bans": _paged("room_id, reason, until, created_at", "chat_ban WHERE user_id = %(user)s", "room_id"),
    "files": _paged(
        "id, name, content_type, size, message_id, created_at", "chat_upload WHERE user_id = %(user)s", "id"
    ),
}
_FILES = _paged("id, name, path", "chat_upload WHERE user_id = %(user)s AND discarded_at IS NULL", "id")
