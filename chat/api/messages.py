"""Messages: history, threads and single ones; sending, editing, deleting."""

from __future__ import annotations

from typing import Annotated, cast

from django.http import HttpResponse
from ninja import Query, Router

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.openapi import refusals
from chat.api.rooms import acting_as
from chat.api.schemas import (
    MessageChange,
    MessageIn,
    MessageOut,
    MessagePath,
    Page,
    RoomPath,
    SentOut,
    WordingOut,
)
from chat.commands import editing
from chat.commands.attaching import find_attachments
from chat.commands.messages import Beside, asked, send
from chat.payloads import Payload, message_payload
from chat.queries.messages import message_for, replies, wordings
from chat.queries.timeline import MOST_HISTORY, history
from kit.errors import (
    BAD_CURSOR,
    BANNED,
    CONTENT_REFUSED,
    INVALID,
    MESSAGE_DELETED,
    MESSAGE_NOT_FOUND,
    MUTED,
    RATE_LIMITED,
    ROOM_ARCHIVED,
    ROOM_FROZEN,
    ROOM_NOT_FOUND,
    SLOW_MODE,
    UPLOAD_NOT_FOUND,
    USER_NOT_FOUND,
    ParleyError,
)
from kit.ids import wire_id

router = Router(tags=["messages"])
Seq = Annotated[int | None, Query(None, ge=0, lt=2**63)]
Limit = Annotated[int, Query(50, ge=1, le=MOST_HISTORY)]

READING = (ROOM_NOT_FOUND, MESSAGE_NOT_FOUND, BANNED)
CHANGING = (*READING, ROOM_ARCHIVED, ROOM_FROZEN, MUTED, MESSAGE_DELETED, RATE_LIMITED)


@router.get(
    "/rooms/{room}/messages", response=Page[MessageOut], openapi_extra=refusals(ROOM_NOT_FOUND, BANNED, BAD_CURSOR)
)
async def list_messages(
    request: ApiRequest,
    room: RoomPath,
    before_seq: Seq,
    after_seq: Seq,
    limit: Limit,
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
    openapi_extra=refusals(USER_NOT_FOUND, UPLOAD_NOT_FOUND, CONTENT_REFUSED, SLOW_MODE, *CHANGING, body=True),
)
async def send_message(request: ApiRequest, room: RoomPath, body: MessageIn) -> tuple[int, dict[str, object]]:
    """Store a message; the answer comes after the commit. The same ``client_id`` again gives the same answer."""
    actor = await acting_as(request.auth, body.user)
    found = await find_attachments(request.tenant, actor, room, body.client_id, body.attachments)
    beside = Beside(body.parent, body.quote, body.data, body.kind == "system", found)
    text = await asked(request.tenant, actor, room, body.text, body.data)
    sent = await send(request.tenant, actor, room, text, body.client_id, beside)
    return 201, {"id": wire_id("m", sent.id), "seq": sent.seq, "created_at": sent.created_at}


@router.get("/rooms/{room}/messages/{message}", response=MessageOut, openapi_extra=refusals(*READING))
async def get_message(request: ApiRequest, room: RoomPath, message: MessagePath) -> Payload:
    return message_payload(await message_for(request.auth, room, message))


@router.patch(
    "/rooms/{room}/messages/{message}",
    response=MessageOut,
    openapi_extra=refusals(CONTENT_REFUSED, *CHANGING, body=True),
)
async def edit_message(request: ApiRequest, room: RoomPath, message: MessagePath, body: MessageChange) -> Payload:
    """Other words or other data, by the author or the server. What it said before is kept."""
    changes = cast(editing.Changes, body.model_dump(exclude_unset=True))
    changed = await editing.edit(request.tenant, request.auth, room, message, changes)
    return message_payload(changed.event or await message_for(request.auth, room, message))


@router.delete("/rooms/{room}/messages/{message}", response={204: None}, openapi_extra=refusals(*CHANGING, body=True))
async def delete_message(request: ApiRequest, room: RoomPath, message: MessagePath) -> HttpResponse:
    """Take a message back, by its author, moderators, owners or the server: it keeps its place and loses its words."""
    await editing.delete(request.tenant, request.auth, room, message)
    return HttpResponse(status=204)


@router.get("/rooms/{room}/messages/{message}/edits", response=Page[WordingOut], openapi_extra=refusals(*READING))
async def list_edits(request: ApiRequest, room: RoomPath, message: MessagePath) -> object:
    """What the message said before, the oldest first. For its author, moderators, owners and the server."""
    return {"data": await wordings(request.auth, room, message), "next": None}


@router.get(
    "/rooms/{room}/messages/{message}/replies",
    response=Page[MessageOut],
    openapi_extra=refusals(BAD_CURSOR, *READING),
)
async def list_replies(
    request: ApiRequest, room: RoomPath, message: MessagePath, limit: Limit, cursor: str | None = None
) -> object:
    """The thread below a message, ascending by seq."""
    after = int(read_cursor(cursor, int)[0]) if cursor else 0
    if not 0 <= after < 2**63:
        raise ParleyError(BAD_CURSOR)
    events, more = await replies(request.auth, room, message, after_seq=after, limit=limit)
    return {
        "data": [message_payload(event) for event in events],
        "next": make_cursor(events[-1].seq) if more else None,
    }
