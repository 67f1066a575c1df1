"""Messages: history and sending."""

from __future__ import annotations

from typing import Annotated

from ninja import Query, Router

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.openapi import refusals
from chat.api.rooms import acting_as
from chat.api.schemas import MessageIn, MessageOut, Page, RoomPath, SentOut
from chat.commands.messages import send
from chat.payloads import message_payload
from chat.queries.timeline import MOST_HISTORY, history
from kit.errors import (
    BAD_CURSOR,
    INVALID,
    RATE_LIMITED,
    ROOM_ARCHIVED,
    ROOM_NOT_FOUND,
    USER_NOT_FOUND,
    ParleyError,
)
from kit.ids import wire_id

router = Router(tags=["messages"])
Seq = Annotated[int | None, Query(None, ge=0, lt=2**63)]


@router.get("/rooms/{room}/messages", response=Page[MessageOut], openapi_extra=refusals(ROOM_NOT_FOUND, BAD_CURSOR))
async def list_messages(
    request: ApiRequest,
    room: RoomPath,
    before_seq: Seq,
    after_seq: Seq,
    limit: Annotated[int, Query(50, ge=1, le=MOST_HISTORY)],
    cursor: str | None = None,
) -> object:
    """A page of the room's history, always ascending by seq: the latest, those before, or those after a seq."""
    if cursor is not None:
        before_seq, after_seq = _place(cursor)
    if before_seq is not None and after_seq is not None:
        raise ParleyError(
            INVALID,
            "Ask before a seq or after one, not both.",
            errors=[{"field": "after_seq", "code": "exclusive"}],
        )
    events, more = await history(room, request.auth, before_seq=before_seq, after_seq=after_seq, limit=limit)
    forward = after_seq is not None
    end = events[-1 if forward else 0].seq if more else 0
    return {
        "data": [message_payload(event) for event in events],
        "next": make_cursor("after" if forward else "before", end) if more else None,
    }


def _place(cursor: str) -> tuple[int | None, int | None]:
    direction, seq = read_cursor(cursor, str, int)
    if direction not in ("before", "after") or not 0 <= int(seq) < 2**63:
        raise ParleyError(BAD_CURSOR)
    return (int(seq), None) if direction == "before" else (None, int(seq))


@router.post(
    "/rooms/{room}/messages",
    response={201: SentOut},
    openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, ROOM_ARCHIVED, RATE_LIMITED, body=True),
)
async def send_message(request: ApiRequest, room: RoomPath, body: MessageIn) -> tuple[int, dict[str, object]]:
    """Store a message; the answer comes after the commit. The same ``client_id`` again gives the same answer."""
    actor = await acting_as(request.auth, body.user)
    sent = await send(request.tenant, actor, room, body.text, body.client_id)
    return 201, {"id": wire_id("m", sent.id), "seq": sent.seq, "created_at": sent.created_at}
