"""Search over all that the caller may read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Query, Router
from pydantic import AfterValidator

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.openapi import refusals
from chat.api.schemas import Answer, MessageOut, Moment, NamedRoomOut, Page, UserQuery
from chat.payloads import Payload, message_payload
from chat.queries.search import MOST_FOUND, Filters, Found, Place, search
from kit.errors import BAD_CURSOR, BANNED, ROOM_NOT_FOUND, ParleyError
from kit.text import storable

router = Router(tags=["search"])
Words = Annotated[str, Query(..., min_length=1, max_length=500), AfterValidator(storable)]
RoomId = Annotated[
    str | None, Query(None, min_length=1, max_length=64), AfterValidator(lambda room: room and storable(room))
]


class SegmentOut(Answer):
    """Plain text: whoever shows it as HTML escapes it. ``marked`` is a word that was looked for."""

    text: str
    marked: bool


class FoundOut(Answer):
    """``snippet`` is the part of the text in which the words are."""

    room: NamedRoomOut
    message: MessageOut
    snippet: list[SegmentOut]


@router.get("/search", response=Page[FoundOut], openapi_extra=refusals(ROOM_NOT_FOUND, BANNED, BAD_CURSOR))
async def search_messages(
    request: ApiRequest,
    q: Words,
    room: RoomId,
    limit: Annotated[int, Query(20, ge=1, le=MOST_FOUND)],
    user: UserQuery = None,
    after: Moment | None = None,
    before: Moment | None = None,
    has_attachment: bool | None = None,
    cursor: str | None = None,
) -> object:
    """Messages with all the words of ``q``, the newest first; words in quotes are a phrase, ``or`` stands between
    alternatives, ``-`` before what must not be there, and the last word may be the beginning of one. At least one word
    has to be wanted. ``after`` and ``before`` are times (RFC 3339). A page may be short, even empty, and still have a
    ``next``: what one request reads is bounded."""
    filters = Filters(room, user, after, before, has_attachment)
    found, place = await search(
        request.auth, q, request.tenant.search_language, filters, limit=limit, place=_place(cursor)
    )
    return {
        "data": list(map(_payload, found)),
        "next": make_cursor(place.created_at.isoformat(), place.id.hex) if place else None,
    }


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    created_at, message_id = read_cursor(cursor, str, str)
    try:
        return Place(datetime.fromisoformat(str(created_at)), UUID(hex=str(message_id)))
    except ValueError:
        raise ParleyError(BAD_CURSOR) from None


def _payload(found: Found) -> Payload:
    return {
        "room": {"id": found.event.room_id, "name": found.room_name},
        "message": message_payload(found.event),
        "snippet": found.snippet,
    }
