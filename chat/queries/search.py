"""Searching what was said: one statement, whose work is the function ``search_messages`` of the tenant's schema
(``chat/migrations/0007_search.py``).

The words of every sixteen messages of a room are one row of ``chat_searchblock``, with a GIN index that the worker
writes (``chat.commands.indexing``). A search reads the blocks that may have all its words, the latest first, judges
their messages one by one, and stops when no earlier block can have a newer one. What no block has yet it reads itself,
so a message is found from its commit on.

A GIN index on ``chat_message`` would cost each send half as much again (PostgreSQL's time for a message in a batch of
fifty: 27 µs without, 41 with ``fastupdate``, 46 with a stored tsvector, 92 without ``fastupdate``), hold the room for
up to 100 ms whenever its pending list is full, and have every message with a common word fetched and sorted for a page
of twenty. The worker takes some 25 µs a message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from chat.events import COLUMNS, RoomEvent
from chat.policies import Actor, check_may_read
from chat.queries.timeline import snapshot
from tenants.connections import tenant_connection
from tenants.scope import schema_in_scope

MOST_FOUND = 100
_MARK, _END = "\ue000", "\ue001"
"""Around a found word, until ``_segments`` has cut the text there. Private-use characters (Unicode 23.5), which are
taken out of the text before."""
_LAST_ID = UUID(int=2**128 - 1)
"""In the row that says how far a search has come that had read enough."""


class Segment(TypedDict):
    """A part of a snippet, plain text; ``marked`` is a word that was looked for."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A message, the name of its room, and the part of the text in which the words are."""

    event: RoomEvent
    room_name: str
    snippet: list[Segment]


class Place(NamedTuple):
    """Where a page ended: what comes next is older, or of the same time and has a smaller id."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """Only messages of this room, of this author, said after, said before, with or without attachments."""

    room_id: str | None = None
    user_id: str | None = None
    after: datetime | None = None
    before: datetime | None = None
    has_attachment: bool | None = None


async def search(
    actor: Actor, words: str, language: str, filters: Filters, *, limit: int, place: Place | None = None
) -> tuple[list[Found], Place | None]:
    """The newest messages with those words that the actor may read, and where to go on (None: nowhere).

    ``words`` is read as by ``websearch_to_tsquery`` (PostgreSQL's manual, section 12.3.2): words, "a phrase", or, -not;
    the last word may be a beginning. A page may be shorter than ``limit`` and still not be the last: what one
    statement reads is bounded. Raises ParleyError ``room_not_found``, ``not_allowed``, ``banned`` for a room that the
    actor may not read.
    """
    parameters = {
        "words": words,
        "beginning": _beginning(words),
        "language": language,
        "user": actor.user_id,
        "room": filters.room_id,
        "named": sorted(actor.rooms) if actor.rooms is not None else None,
        "author": filters.user_id,
        "after": filters.after,
        "before": filters.before,
        "attached": filters.has_attachment,
        "last_time": place.created_at if place else None,
        "last_id": place.id if place else None,
        "most": limit + 1,
        "headline": f"StartSel={_MARK}, StopSel={_END}, MaxWords=30, MinWords=10",
        "marks": _MARK + _END,
    }
    async with tenant_connection() as connection:
        cursor = await connection.execute(_SEARCH, parameters)
        rows = await cursor.fetchall()
    if not rows and filters.room_id is not None:
        state = await snapshot(schema_in_scope(), filters.room_id, actor)  # nothing there, or nothing for this actor?
        check_may_read(actor, filters.room_id, state.access)
    return _page(rows, limit)


_BARE = re.compile(r'(?:^|\s)([^\s"-][^\s"]*)\Z')


def _beginning(words: str) -> str:
    """The last word, if it may be a beginning: it is not excluded and its phrase is not closed."""
    bare = _BARE.search(words)
    return bare[1] if bare and words.count('"') % 2 == 0 else ""


def _page(rows: Sequence[tuple[Any, ...]], limit: int) -> tuple[list[Found], Place | None]:
    """Up to the row that says how far the search has come, if there is one; else up to ``limit``."""
    found: list[Found] = []
    for created_at, message_id, room_id, room_name, headline, *event in rows:
        if message_id == _LAST_ID:
            return found, Place(created_at, message_id)
        if len(found) == limit:
            last = found[-1].event
            return found, Place(last.created_at, last.id)
        found.append(Found(RoomEvent(room_id, *event), room_name, _segments(headline)))
    return found, None


def _segments(headline: str) -> list[Segment]:
    plain, *marked = headline.split(_MARK)
    segments: list[Segment] = [{"text": plain, "marked": False}]
    for part in marked:
        word, _, rest = part.partition(_END)
        segments += [{"text": word, "marked": True}, {"text": rest, "marked": False}]
    return [segment for segment in segments if segment["text"]]


_SEARCH = f"""
    WITH asked AS MATERIALIZED (
        SELECT config, search_query(config, %(words)s::text, %(beginning)s::text) AS query
        FROM (SELECT %(language)s::text::regconfig AS config) chosen
    )
    SELECT hit.created_at, hit.id, message.room_id, room.name,
        ts_headline(asked.config, translate(left(message.text, 8000), %(marks)s::text, ''), asked.query,
            %(headline)s::text),
        {COLUMNS}
    FROM asked
    CROSS JOIN LATERAL (
        SELECT * FROM search_messages(asked.query, asked.config, %(user)s::text, %(room)s::text, %(named)s::text[],
            %(author)s::text, %(after)s::timestamptz, %(before)s::timestamptz, %(attached)s::bool,
            %(last_time)s::timestamptz, %(last_id)s::uuid, %(most)s::int)
        ORDER BY created_at DESC, id DESC LIMIT %(most)s::int
    ) hit
    LEFT JOIN chat_message message ON message.id = hit.id
    LEFT JOIN chat_room room ON room.id = message.room_id
    LEFT JOIN chat_user author ON author.id = message.user_id
    ORDER BY hit.created_at DESC, hit.id DESC
"""  # noqa: S608 - COLUMNS is a constant
