"""The members of a room: who they are, who comes in, who goes."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.openapi import refusals
from chat.api.rooms import Limit
from chat.api.schemas import MemberIn, MemberOut, MembersIn, Page, PlacedOut, RoomPath, UserPath
from chat.commands import members as commands
from chat.queries import people
from chat.queries.rooms import room_for
from kit.errors import (
    BAD_CURSOR,
    BANNED,
    INVALID,
    LAST_OWNER,
    ROOM_ARCHIVED,
    ROOM_NOT_FOUND,
    USER_NOT_FOUND,
    ParleyError,
)

router = Router(tags=["members"])
_PLACING = refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, ROOM_ARCHIVED, BANNED, LAST_OWNER, body=True)


@router.get(
    "/rooms/{room}/members", response=Page[MemberOut], openapi_extra=refusals(ROOM_NOT_FOUND, BANNED, BAD_CURSOR)
)
async def list_members(request: ApiRequest, room: RoomPath, limit: Limit, cursor: str | None = None) -> object:
    await room_for(request.auth, room)
    after = str(read_cursor(cursor, str)[0]) if cursor else None
    found, more = await people.members(room, limit=limit, after=after)
    return {"data": found, "next": make_cursor(found[-1].id) if more else None}


@router.post("/rooms/{room}/members", response=PlacedOut, openapi_extra=_PLACING)
async def add_members(request: ApiRequest, room: RoomPath, body: MembersIn) -> commands.Placed:
    """Up to 100 people at once, each as with PUT: all of them or, when one is refused, none."""
    roles = {member.user: member.role for member in body.members}
    if len(roles) < len(body.members):
        raise ParleyError(INVALID, "Each user once.", errors=[{"field": "members", "code": "repeated"}])
    return await commands.place(request.auth, room, roles)


@router.put("/rooms/{room}/members/{user}", response={201: None, 204: None}, openapi_extra=_PLACING)
async def put_member(request: ApiRequest, room: RoomPath, user: UserPath, body: MemberIn) -> HttpResponse:
    """Join a room, bring somebody in, or give a member another role. 201 for a new member, otherwise 204."""
    placed = await commands.place(request.auth, room, {user: body.role})
    return HttpResponse(status=201 if placed.joined else 204)


@router.delete(
    "/rooms/{room}/members/{user}",
    response={204: None},
    openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, BANNED, LAST_OWNER, body=True),
)
async def remove_member(request: ApiRequest, room: RoomPath, user: UserPath) -> HttpResponse:
    """Leave a room, or send somebody away: moderators members, owners and the server everybody."""
    await commands.remove(request.auth, room, user)
    return HttpResponse(status=204)
