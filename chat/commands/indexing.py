"""Bringing the blocks that search looks things up in up to date. The worker does it; a send costs nothing for it.

A room is read as a client would catch up with it: the durable events after the seq that was reached last time, new
messages and changes alike, name the blocks that are to be made anew. What is not in them yet, search reads itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from chat.models.search import BLOCK
from tenants.connections import ScopedConnection, tenant_connection

_EVENTS_TOGETHER = 4_096


async def index_tenant(language: str) -> int:
    """Bring every room of the tenant in scope up to date; how many had something to do. While another process does it,
    none: of two, the slower would undo what the other found."""
    async with tenant_connection() as connection, _alone(connection) as alone:
        rooms = await _run(connection, _WAITING, language=language) if alone else []
        for room_id, last_seq, seq, language_before in rooms:
            start = seq if language_before == language else 0
            await _index_room(connection, room_id, language, start, last_seq, reached=seq)
    return len(rooms)


async def keep_out_indexing(connection: ScopedConnection) -> None:
    """Until the caller's transaction ends; waits for who is at it."""
    await _run(connection, f"SELECT pg_advisory_xact_lock({_LOCK})")


async def remake_blocks(connection: ScopedConnection, room_id: str, language: str, seqs: Iterable[int]) -> None:
    """After messages of the room were removed, those of ``seqs``: their blocks know no more than is left. The caller's
    transaction keeps others out."""
    numbers = sorted({seq // BLOCK for seq in seqs})
    if numbers:
        low, high = numbers[0] * BLOCK, numbers[-1] * BLOCK
        await _run(connection, _DROP_BLOCKS, room=room_id, numbers=numbers)
        await _run(connection, _MAKE_BLOCKS, room=room_id, language=language, low=low, high=high)


_DROP_BLOCKS = "DELETE FROM chat_searchblock WHERE room_id = %(room)s AND number = ANY (%(numbers)s::bigint[])"


@asynccontextmanager
async def _alone(connection: ScopedConnection) -> AsyncIterator[bool]:
    """Whether nobody else indexes this tenant. The lock is the connection's and ends with it."""
    [(taken,)] = await _run(connection, f"SELECT pg_try_advisory_lock({_LOCK})")
    try:
        yield taken
    finally:
        if taken:
            await _run(connection, f"SELECT pg_advisory_unlock({_LOCK})")


async def _index_room(
    connection: ScopedConnection, room_id: str, language: str, start: int, last_seq: int, *, reached: int
) -> None:
    """In another language all blocks are made anew; until the last of them is, the room counts as it was."""
    for low in range(start, last_seq, _EVENTS_TOGETHER):
        high = min(low + _EVENTS_TOGETHER, last_seq)
        await _run(connection, _MAKE_BLOCKS, room=room_id, language=language, low=low, high=high)
        await _run(connection, _SORT_IN)
        if high > reached:
            await _run(connection, _NOTE, room=room_id, language=language, seq=high)
    if last_seq <= reached:
        await _run(connection, _NOTE, room=room_id, language=language, seq=reached)


async def _run(connection: ScopedConnection, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(statement, parameters)
    return await cursor.fetchall() if cursor.description else []


_LOCK = "hashtextextended(current_schema() || '.search', 0)"

_WAITING = """
    SELECT room.id, room.last_seq, COALESCE(indexed.seq, 0), COALESCE(indexed.language, %(language)s::text)
    FROM chat_room room LEFT JOIN chat_indexedroom indexed ON indexed.room_id = room.id
    WHERE room.last_seq > COALESCE(indexed.seq, 0) OR indexed.language <> %(language)s::text
"""

# A GIN index takes many rows' words at once in half the time, but until they are sorted in, each search reads them all.
_SORT_IN = "SELECT gin_clean_pending_list('blocks_by_word')"

_NOTE = """
    INSERT INTO chat_indexedroom (room_id, seq, language) VALUES (%(room)s, %(seq)s, %(language)s)
    ON CONFLICT (room_id) DO UPDATE SET seq = excluded.seq, language = excluded.language
"""

# Each text is split alone, for the parser would see a tag in a "<b" here and a ">" in the message after it.
_MAKE_BLOCKS = f"""
    WITH touched AS (
        SELECT generate_series((%(low)s::bigint + 1) / {BLOCK}, %(high)s::bigint / {BLOCK}) AS number
        UNION
        SELECT seq / {BLOCK} FROM chat_message
        WHERE room_id = %(room)s::text AND changed_seq <> seq
            AND changed_seq > %(low)s::bigint AND changed_seq <= %(high)s::bigint
    )
    INSERT INTO chat_searchblock (room_id, number, since, until, words)
    SELECT %(room)s::text, touched.number, block.since, block.until, COALESCE(block.words, '')
    FROM touched CROSS JOIN LATERAL (
        SELECT min(message.created_at) AS since, max(message.created_at) AS until,
            array_to_tsvector(array_agg(DISTINCT word) FILTER (WHERE word IS NOT NULL)) AS words
        FROM chat_message message
        LEFT JOIN LATERAL unnest(tsvector_to_array(
            to_tsvector(%(language)s::text::regconfig, left(message.text, 8000))
        )) word ON message.kind IN ('message', 'system') AND message.deleted_at IS NULL
        WHERE message.room_id = %(room)s::text
            AND message.seq BETWEEN touched.number * {BLOCK} AND touched.number * {BLOCK} + {BLOCK - 1}
    ) block
    WHERE block.since IS NOT NULL
    ON CONFLICT (room_id, number) DO UPDATE
        SET since = excluded.since, until = excluded.until, words = excluded.words
"""  # noqa: S608 - BLOCK is a constant
