"""Bans: who is shut out of a room."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpResponse
from ninja import Router

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.openapi import refusals
from chat.api.rooms import Limit
from chat.api.schemas import BanIn, BanOut, Page, RoomPath, UserPath
from chat.commands.bans import ban, lift_ban
from chat.queries.bans import bans
from kit.errors import BAD_CURSOR, INVALID, NOT_FOUND, ROOM_NOT_FOUND, USER_NOT_FOUND, ParleyError

router = Router(tags=["bans"])


@router.get("/rooms/{room}/bans", response=Page[BanOut], openapi_extra=refusals(ROOM_NOT_FOUND, BAD_CURSOR))
async def list_bans(request: ApiRequest, room: RoomPath, limit: Limit, cursor: str | None = None) -> object:
    """The bans that hold now, by user. For moderators, owners and the server."""
    after = str(read_cursor(cursor, str)[0]) if cursor else None
    found, more = await bans(request.auth, room, limit=limit, after=after)
    return {"data": found, "next": make_cursor(found[-1].user["id"]) if more else None}


@router.put(
    "/rooms/{room}/bans/{user}",
    response={201: None, 204: None},
    openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, body=True),
)
async def ban_user(request: ApiRequest, room: RoomPath, user: UserPath, body: BanIn) -> HttpResponse:
    """Shut somebody out: membership and live subscriptions end. 204: in the place of another ban."""
    if body.until is not None and body.until <= datetime.now(UTC):
        raise ParleyError(INVALID, "A ban ends in the future.", errors=[{"field": "until", "code": "past"}])
    is_new = await ban(request.auth, room, user, reason=body.reason, until=body.until)
    return HttpResponse(status=201 if is_new else 204)


@router.delete(
    "/rooms/{room}/bans/{user}", response={204: None}, openapi_extra=refusals(ROOM_NOT_FOUND, NOT_FOUND, body=True)
)
async def unban_user(request: ApiRequest, room: RoomPath, user: UserPath) -> HttpResponse:
    """Let somebody come back."""
    await lift_ban(request.auth, room, user)
    return HttpResponse(status=204)
