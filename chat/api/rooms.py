"""Rooms and their members."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.openapi import refusals
from chat.api.schemas import MemberIn, MemberOut, Page, ReadIn, ReadOut, RoomIn, RoomOut, RoomPath, UserPath
from chat.commands import members as commands
from chat.commands.rooms import create_room
from chat.models import MemberRole
from chat.policies import SERVER, Actor
from chat.queries import people
from chat.queries.rooms import RoomView, room_for, rooms_for
from kit.errors import BAD_CURSOR, INVALID, ROOM_ARCHIVED, ROOM_EXISTS, ROOM_NOT_FOUND, USER_NOT_FOUND, ParleyError

router = Router(tags=["rooms"])
Limit = Annotated[int, Query(50, ge=1, le=200)]


@router.get("/rooms", response=Page[RoomOut], openapi_extra=refusals(BAD_CURSOR))
async def list_rooms(request: ApiRequest, limit: Limit, cursor: str | None = None) -> object:
    """Open rooms and those that the caller is a member of, the latest active first."""
    rooms, more = await rooms_for(request.auth, limit=limit, after=_after(cursor))
    last = rooms[-1] if more else None
    return {
        "data": rooms,
        "next": make_cursor(last.active_at.isoformat(), last.id) if last else None,
    }


def _after(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, room_id = read_cursor(cursor, str, str)
    try:
        return datetime.fromisoformat(str(at)), str(room_id)
    except ValueError:
        raise ParleyError(BAD_CURSOR) from None


@router.post(
    "/rooms",
    response={201: RoomOut, 200: RoomOut},
    openapi_extra=refusals(ROOM_EXISTS, USER_NOT_FOUND, body=True),
)
async def make_room(request: ApiRequest, body: RoomIn) -> tuple[int, RoomView]:
    """A new room. A direct conversation of the same people is answered with the one that exists."""
    actor: Actor = request.auth
    made = await create_room(
        actor,
        room_id=body.id,
        kind=body.kind,
        name=body.name.strip(),
        topic=body.topic.strip(),
        member_ids=body.members,
    )
    return 201 if made.is_new else 200, await room_for(actor, made.id)


@router.get("/rooms/{room}", response=RoomOut, openapi_extra=refusals(ROOM_NOT_FOUND))
async def show_room(request: ApiRequest, room: RoomPath) -> RoomView:
    return await room_for(request.auth, room)


@router.get("/rooms/{room}/members", response=Page[MemberOut], openapi_extra=refusals(ROOM_NOT_FOUND, BAD_CURSOR))
async def list_members(request: ApiRequest, room: RoomPath, limit: Limit, cursor: str | None = None) -> object:
    await room_for(request.auth, room)
    after = str(read_cursor(cursor, str)[0]) if cursor else None
    found, more = await people.members(room, limit=limit, after=after)
    return {"data": found, "next": make_cursor(found[-1].id) if more else None}


@router.put(
    "/rooms/{room}/members/{user}",
    response={201: None, 204: None},
    openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, ROOM_ARCHIVED, body=True),
)
async def put_member(request: ApiRequest, room: RoomPath, user: UserPath, body: MemberIn) -> HttpResponse:
    """Join a room, bring somebody in, or give a member another role. 201 for a new member, otherwise 204."""
    joined = await commands.join(request.auth, room, user, body.role or MemberRole.MEMBER)
    if not joined and body.role is not None:
        await commands.set_role(request.auth, room, user, body.role)
    return HttpResponse(status=201 if joined else 204)


@router.put("/rooms/{room}/read", response=ReadOut, openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, body=True))
async def put_read(request: ApiRequest, room: RoomPath, body: ReadIn) -> dict[str, int]:
    """Note how far the caller, or the ``user`` that an API key names, has read."""
    actor = await acting_as(request.auth, body.user)
    if actor.is_server:
        raise ParleyError(INVALID, "Name the user who has read.", errors=[{"field": "user", "code": "missing"}])
    return {"read_seq": await commands.mark_read(actor, room, body.seq)}


async def acting_as(actor: Actor, user_id: str | None) -> Actor:
    """The caller, or with an API key the user that it names."""
    if actor is not SERVER or user_id is None:
        return actor
    found = await people.user(user_id)
    return Actor(found.id, found.name, found.avatar)
