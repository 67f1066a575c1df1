"""Removing what a tenant keeps no longer.

A room's history is cut at its beginning, up to the first message that is young enough: from ``first_seq`` on it is
whole. Seqs stay what they are, so nobody who follows the room notices. Before ``first_seq`` stands what a legal hold on
its author has kept, until that is lifted.

A few messages at a time go in one transaction, which holds the room as a send does, and search's blocks change with
them: whoever is stopped leaves nothing half done. Nobody may notice: such a transaction takes a few milliseconds, the
room is not held until the disk has it (what a crash brings back goes the next night), and after each comes a rest
twice as long, so that the database is the people's most of the time, and the more so the slower it is.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

from chat.commands.indexing import keep_out_indexing, remake_blocks
from chat.commands.tidying import remove_discarded_uploads
from chat.queries.retention import FREE_AUTHOR, FREE_ROOM, PERIODS, reach
from tenants.connections import ScopedConnection, tenant_connection
from tenants.retention import Retention

_AT_ONCE = 200
_REST = 2.0  # times what a transaction took


class Removed(NamedTuple):
    messages: int
    files: int


async def apply_retention(retention: Retention, language: str, now: datetime) -> Removed:
    """Of the tenant in scope, whose search splits texts as ``language`` does. A file goes from the storage before its
    row does."""
    parameters = reach(retention, now)
    files = await _remove_files(parameters)
    messages = 0
    for room_id, before in await _rooms(parameters):
        removed = await _cut(room_id, {**parameters, "before": before}, language)
        messages, files = messages + removed.messages, files + removed.files
    if files:
        await remove_discarded_uploads()
    return Removed(messages, files)


async def _rooms(parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(_ROOMS, parameters)
        return await cursor.fetchall()


# One look into each room, at the first of its messages that no hold is on.
_ROOMS = f"""
    SELECT room.id, period.messages_before FROM {PERIODS}
    JOIN chat_room room ON room.kind = period.kind AND {FREE_ROOM}
    CROSS JOIN LATERAL (
        SELECT created_at FROM chat_message message
        WHERE message.room_id = room.id AND {FREE_AUTHOR} ORDER BY seq LIMIT 1
    ) first
    WHERE first.created_at < period.messages_before
"""  # noqa: S608 - constants


async def _cut(room_id: str, parameters: dict[str, Any], language: str) -> Removed:
    """Remove the beginning of a room."""
    messages = files = after = 0
    while True:
        begun = monotonic()
        async with tenant_connection() as connection, connection.transaction():
            await keep_out_indexing(connection)
            await connection.execute(_HOLD, (room_id,))
            page = await _page(connection, {**parameters, "room": room_id, "after": after})
            removed = await _remove(connection, room_id, page)
            await remake_blocks(connection, room_id, language, page.doomed.values())
        messages, files = messages + removed.messages, files + removed.files
        await asyncio.sleep(_REST * (monotonic() - begun))
        if page.is_last:
            return Removed(messages, files)
        after = page.reaches


_HOLD = """
    SELECT set_config('synchronous_commit', 'off', true) FROM chat_room WHERE id = %s FOR NO KEY UPDATE
"""


class _Page(NamedTuple):
    """``doomed``: what goes, with its seqs. It was read up to ``reaches``; what is kept begins at ``first_seq``."""

    doomed: dict[UUID, int]
    reaches: int
    first_seq: int
    is_last: bool


async def _page(connection: ScopedConnection, parameters: dict[str, Any]) -> _Page:
    cursor = await connection.execute(_PAGE, {**parameters, "most": _AT_ONCE})
    rows = await cursor.fetchall()
    if not rows:
        return _Page({}, 0, 1, is_last=True)
    reaches, kept = rows[-1][1], rows[0][3]
    doomed = {message_id: seq for message_id, seq, free, _ in rows if free and (kept is None or seq < kept)}
    is_last = kept is not None or len(rows) < _AT_ONCE
    return _Page(doomed, reaches, reaches + 1 if kept is None else kept, is_last)


_PAGE = f"""
    WITH page AS (
        SELECT message.id, message.seq, message.created_at, {FREE_AUTHOR} AS free FROM chat_message message
        WHERE message.room_id = %(room)s AND message.seq > %(after)s ORDER BY message.seq LIMIT %(most)s
    )
    SELECT id, seq, free, (
        SELECT min(page.seq) FROM page JOIN chat_room room ON room.id = %(room)s AND page.seq >= room.first_seq
        WHERE page.created_at >= %(before)s
    ) FROM page ORDER BY seq
"""  # noqa: S608 - constants


async def _remove(connection: ScopedConnection, room_id: str, page: _Page) -> Removed:
    parameters = {"room": room_id, "messages": list(page.doomed), "first_seq": page.first_seq}
    cursor = await connection.execute(_REMOVE, parameters)
    [counts] = await cursor.fetchall()
    return Removed(*counts)


# Nobody is told: a reply that stays stands for itself from now on, a quote is empty as soon as it is read anew.
_REMOVE = """
    WITH edits AS (
        DELETE FROM chat_messageedit WHERE message_id = ANY (%(messages)s::uuid[])
    ), reactions AS (
        DELETE FROM chat_reaction WHERE message_id = ANY (%(messages)s::uuid[])
    ), reports AS (
        DELETE FROM chat_report WHERE message_id = ANY (%(messages)s::uuid[])
    ), files AS (
        UPDATE chat_upload SET message_id = NULL, discarded_at = now()
        WHERE message_id = ANY (%(messages)s::uuid[]) RETURNING id
    ), replies AS (
        UPDATE chat_message SET parent_id = NULL
        WHERE parent_id IS NOT NULL AND parent_id = ANY (%(messages)s::uuid[]) AND id <> ALL (%(messages)s::uuid[])
    ), messages AS (
        DELETE FROM chat_message WHERE id = ANY (%(messages)s::uuid[]) RETURNING parent_id
    ), threads AS (
        UPDATE chat_message parent SET reply_count = greatest(parent.reply_count - gone.replies, 0)
        FROM (SELECT parent_id, count(*) AS replies FROM messages GROUP BY parent_id) gone
        WHERE parent.id = gone.parent_id AND parent.id <> ALL (%(messages)s::uuid[])
    ), room AS (
        UPDATE chat_room SET first_seq = greatest(first_seq, %(first_seq)s) WHERE id = %(room)s
    )
    SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM files)
"""


async def _remove_files(parameters: dict[str, Any]) -> int:
    """Give up files whose messages stay. These go on naming them; who asks for one learns that it is not there."""
    removed, after = 0, ""
    while True:
        async with tenant_connection() as connection:
            cursor = await connection.execute(_FILES, {**parameters, "after": after, "most": _AT_ONCE})
            found = await cursor.fetchall()
            uploads, messages = [upload for upload, _ in found], [message for _, message in found]
            await connection.execute(_GIVE_UP, {"uploads": uploads, "messages": messages})
        removed += len(found)
        if len(found) < _AT_ONCE:
            return removed
        after = uploads[-1]


_FILES = f"""
    SELECT upload.id, message.id FROM chat_upload upload
    JOIN chat_message message ON message.id = upload.message_id
    JOIN chat_room room ON room.id = message.room_id AND {FREE_ROOM}
    JOIN {PERIODS} ON period.kind = room.kind AND upload.created_at < period.files_before
    WHERE upload.id > %(after)s AND {FREE_AUTHOR} ORDER BY upload.id LIMIT %(most)s
"""  # noqa: S608 - constants

# A blurhash is a picture, if a small one.
_GIVE_UP = """
    WITH given_up AS (
        UPDATE chat_upload SET message_id = NULL, discarded_at = now() WHERE id = ANY (%(uploads)s::text[])
    )
    UPDATE chat_message SET attachments = COALESCE((
        SELECT jsonb_agg(
            CASE WHEN file ->> 'id' = ANY (%(uploads)s::text[]) THEN file || '{"blurhash": null}' ELSE file END
            ORDER BY place
        ) FROM jsonb_array_elements(attachments) WITH ORDINALITY named (file, place)
    ), '[]') WHERE id = ANY (%(messages)s::uuid[])
"""
