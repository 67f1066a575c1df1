"""Rooms and their members."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.schemas import MemberIn, MemberOut, Page, ReadIn, ReadOut, RoomIn, RoomOut
from chat.commands import members as commands
from chat.commands.rooms import create_room
from chat.policies import SERVER, Actor
from chat.queries import people
from chat.queries.rooms import RoomView, room_for, rooms_for
from kit.errors import BAD_CURSOR, ParleyError

router = Router(tags=["rooms"])
Limit = Annotated[int, Query(50, ge=1, le=200)]


@router.get("/rooms", response=Page[RoomOut])
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


@router.post("/rooms", response={201: RoomOut, 200: RoomOut})
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


@router.get("/rooms/{room}", response=RoomOut)
async def show_room(request: ApiRequest, room: str) -> RoomView:
    return await room_for(request.auth, room)


@router.get("/rooms/{room}/members", response=Page[MemberOut])
async def list_members(request: ApiRequest, room: str, limit: Limit, cursor: str | None = None) -> object:
    await room_for(request.auth, room)
    after = str(read_cursor(cursor, str)[0]) if cursor else None
    found, more = await people.members(room, limit=limit, after=after)
    return {"data": found, "next": make_cursor(found[-1].id) if more else None}


@router.put("/rooms/{room}/members/{user}", response={201: None, 204: None})
async def put_member(request: ApiRequest, room: str, user: str, body: MemberIn) -> HttpResponse:
    """Join a room, or bring somebody in. 201 for a new member, 204 for one who was there."""
    joined = await commands.join(request.auth, room, user, body.role)
    return HttpResponse(status=201 if joined else 204)


@router.put("/rooms/{room}/read", response=ReadOut)
async def put_read(request: ApiRequest, room: str, body: ReadIn) -> dict[str, int]:
    """Note how far the caller, or the ``user`` that an API key names, has read."""
    actor = await acting_as(request.auth, body.user)
    return {"read_seq": await commands.mark_read(actor, room, body.seq)}


async def acting_as(actor: Actor, user_id: str | None) -> Actor:
    """The caller, or with an API key the user that it names."""
    if actor is not SERVER or user_id is None:
        return actor
    found = await people.user(user_id)
    return Actor(found.id, found.name, found.avatar)
