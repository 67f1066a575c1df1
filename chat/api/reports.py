"""Reports: users tell of messages, moderators say what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Path, Router
from pydantic import AfterValidator, Field
from typing_extensions import TypeAliasType

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.messages import READING
from chat.api.openapi import refusals
from chat.api.rooms import Limit, somebody
from chat.api.schemas import (
    Answer,
    AuthorOut,
    Body,
    MessageOut,
    MessagePath,
    NamedRoomOut,
    Page,
    RoomPath,
    UserId,
)
from chat.commands.reports import report, resolve
from chat.payloads import Payload, message_payload
from chat.queries.reports import ReportView, reports
from kit.errors import BAD_CURSOR, MESSAGE_DELETED, NOT_FOUND, USER_NOT_FOUND, ParleyError
from kit.ids import stored_id, wire_id
from kit.text import storable

router = Router(tags=["reports"])

ReportPath = Annotated[str, Path(..., min_length=1, max_length=64), AfterValidator(storable)]
ReportReason = TypeAliasType("ReportReason", Literal["spam", "abuse", "harm", "other"])
ReportState = TypeAliasType("ReportState", Literal["open", "resolved"])
Resolution = TypeAliasType("Resolution", Literal["dismissed", "acted"])


class ReportIn(Body):
    """``user`` names the reporter when an API key calls."""

    reason: ReportReason
    note: Annotated[str, Field(max_length=1_000), AfterValidator(storable)] = ""
    user: UserId | None = None


class ReportChange(Body):
    """``dismissed``: there is nothing to it. ``acted``: something was done about it."""

    resolution: Resolution


class ReportOut(Answer):
    """``message`` is as it is by now. Without a ``resolution`` the report is open."""

    id: Annotated[str, Field(examples=["rp_agkzj3xq4r2vdkq5b7yhwm3c2e"])]
    room: NamedRoomOut
    message: MessageOut
    reporter: AuthorOut
    reason: ReportReason
    note: str
    created_at: datetime
    resolution: Resolution | None
    resolved_by: str | None
    resolved_at: datetime | None


@router.post(
    "/rooms/{room}/messages/{message}/reports",
    response={201: ReportOut},
    openapi_extra=refusals(*READING, MESSAGE_DELETED, USER_NOT_FOUND, body=True),
)
async def report_message(
    request: ApiRequest, room: RoomPath, message: MessagePath, body: ReportIn
) -> tuple[int, Payload]:
    """Tell the moderators of a message of somebody else. As long as they have not seen to it, telling again changes
    reason and note."""
    actor = await somebody(request.auth, body.user)
    return 201, _payload(await report(actor, room, message, reason=body.reason, note=body.note))


@router.get("/reports", response=Page[ReportOut], openapi_extra=refusals(BAD_CURSOR))
async def list_reports(
    request: ApiRequest, limit: Limit, state: ReportState | None = None, cursor: str | None = None
) -> object:
    """The newest first: for the server all, for moderators and owners those of their rooms. Nobody sees reports of what
    they said themselves."""
    before = _place(cursor) if cursor else None
    found, more = await reports(request.auth, state=state, limit=limit, before=before)
    return {"data": list(map(_payload, found)), "next": make_cursor(_wire_id(found[-1])) if more else None}


def _place(cursor: str) -> UUID:
    try:
        return stored_id("rp", str(read_cursor(cursor, str)[0]))
    except ValueError:
        raise ParleyError(BAD_CURSOR) from None


@router.patch("/reports/{report}", response=ReportOut, openapi_extra=refusals(NOT_FOUND, body=True))
async def resolve_report(request: ApiRequest, report: ReportPath, body: ReportChange) -> Payload:
    """Say what came of a report that the caller sees."""
    return _payload(await resolve(request.auth, report, body.resolution))


def _payload(found: ReportView) -> Payload:
    return {
        "id": _wire_id(found),
        "room": {"id": found.message.room_id, "name": found.room_name},
        "message": message_payload(found.message),
        "reporter": found.reporter,
        "reason": found.reason,
        "note": found.note,
        "created_at": found.created_at,
        "resolution": found.resolution,
        "resolved_by": found.resolved_by,
        "resolved_at": found.resolved_at,
    }


def _wire_id(found: ReportView) -> str:
    return wire_id("rp", found.id)
