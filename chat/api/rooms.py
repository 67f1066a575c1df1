"""Rooms: made, listed, shown, changed, archived; and the caller's own place in one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import AfterValidator

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.openapi import refusals
from chat.api.schemas import Moment, Page, ReadIn, ReadOut, RoomChange, RoomIn, RoomKind, RoomOut, RoomPath, UserQuery
from chat.commands import members
from chat.commands import rooms as commands
from chat.policies import SERVER, Actor
from chat.queries import people
from chat.queries.rooms import RoomFilter, RoomView, room_for, rooms_for
from kit.errors import (
    BAD_CURSOR,
    BANNED,
    INVALID,
    MUTED,
    ROOM_ARCHIVED,
    ROOM_EXISTS,
    ROOM_NOT_FOUND,
    USER_NOT_FOUND,
    ParleyError,
)
from kit.text import storable

router = Router(tags=["rooms"])
Limit = Annotated[int, Query(50, ge=1, le=200)]
Name = Annotated[
    str | None, Query(None, min_length=1, max_length=120), AfterValidator(lambda name: name and storable(name))
]


@router.get("/rooms", response=Page[RoomOut], openapi_extra=refusals(BAD_CURSOR))
async def list_rooms(
    request: ApiRequest,
    limit: Limit,
    name: Name,
    kind: RoomKind | None = None,
    member: bool | None = None,
    archived: bool = False,
    active_since: Moment | None = None,
    cursor: str | None = None,
) -> object:
    """Open rooms and those that the caller is a member of, the latest active first. ``member``: only the caller's, or
    only others. ``name``: part of it, whatever the case."""
    wanted = RoomFilter(kind=kind, member=member, archived=archived, name=name, active_since=active_since)
    return await _page(request.auth, wanted, limit, cursor)


@router.get("/directory", response=Page[RoomOut], openapi_extra=refusals(BAD_CURSOR))
async def list_directory(request: ApiRequest, limit: Limit, name: Name, cursor: str | None = None) -> object:
    """Open rooms that the caller has not joined, the latest active first."""
    return await _page(request.auth, RoomFilter(kind="open", member=False, name=name), limit, cursor)


async def _page(actor: Actor, wanted: RoomFilter, limit: int, cursor: str | None) -> object:
    rooms, more = await rooms_for(actor, wanted, limit=limit, after=time_and_id(cursor))
    last = rooms[-1] if more else None
    return {
        "data": rooms,
        "next": make_cursor(last.active_at.isoformat(), last.id) if last else None,
    }


def time_and_id(cursor: str | None) -> tuple[datetime, str] | None:
    """Where a list goes on that is in the order of times and ids. Raises ParleyError ``bad_cursor``."""
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
async def create_room(request: ApiRequest, body: RoomIn) -> tuple[int, RoomView]:
    """A new room. A direct conversation of the same people is answered with the one that exists."""
    actor: Actor = request.auth
    made = await commands.create_room(
        actor,
        room_id=body.id,
        kind=body.kind,
        name=body.name,
        topic=body.topic,
        picture=body.picture,
        data=body.data,
        member_ids=body.members,
    )
    return 201 if made.is_new else 200, await room_for(actor, made.id)


@router.get("/rooms/{room}", response=RoomOut, openapi_extra=refusals(ROOM_NOT_FOUND, BANNED))
async def get_room(request: ApiRequest, room: RoomPath) -> RoomView:
    return await room_for(request.auth, room)


@router.patch(
    "/rooms/{room}", response=RoomOut, openapi_extra=refusals(ROOM_NOT_FOUND, ROOM_ARCHIVED, MUTED, body=True)
)
async def update_room(request: ApiRequest, room: RoomPath, body: RoomChange) -> RoomView:
    """Owners and the server change everything, moderators ``topic``, ``frozen`` and ``slow_seconds``."""
    await commands.update_room(request.auth, room, body.model_dump(exclude_unset=True))
    return await room_for(request.auth, room)


@router.delete("/rooms/{room}", response={204: None}, openapi_extra=refusals(ROOM_NOT_FOUND, body=True))
async def archive_room(request: ApiRequest, room: RoomPath) -> HttpResponse:
    """Archive the room: nothing is written there any more, and who could read it still can."""
    await commands.archive_room(request.auth, room)
    return HttpResponse(status=204)


@router.put(
    "/rooms/{room}/read", response=ReadOut, openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, BANNED, body=True)
)
async def mark_read(request: ApiRequest, room: RoomPath, body: ReadIn) -> dict[str, int]:
    """Note how far the caller, or the ``user`` that an API key names, has read."""
    actor = await somebody(request.auth, body.user)
    return {"read_seq": await members.mark_read(actor, room, body.seq)}


@router.put(
    "/rooms/{room}/mute", response={204: None}, openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, body=True)
)
async def mute_room(request: ApiRequest, room: RoomPath, user: UserQuery = None) -> HttpResponse:
    """The caller, or the ``user`` that an API key names, wants no notice of the room."""
    await members.mute(await somebody(request.auth, user), room, muted=True)
    return HttpResponse(status=204)


@router.delete(
    "/rooms/{room}/mute", response={204: None}, openapi_extra=refusals(ROOM_NOT_FOUND, USER_NOT_FOUND, body=True)
)
async def unmute_room(request: ApiRequest, room: RoomPath, user: UserQuery = None) -> HttpResponse:
    await members.mute(await somebody(request.auth, user), room, muted=False)
    return HttpResponse(status=204)


async def somebody(actor: Actor, user_id: str | None) -> Actor:
    """As ``acting_as``; what only people have, the server has to name somebody for."""
    person = await acting_as(actor, user_id)
    if person.is_server:
        raise ParleyError(INVALID, "Name the user.", errors=[{"field": "user", "code": "missing"}])
    return person


async def acting_as(actor: Actor, user_id: str | None) -> Actor:
    """The caller, or with an API key the user that it names."""
    if actor is not SERVER or user_id is None:
        return actor
    found = await people.user(user_id)
    return Actor(found.id, found.name, found.avatar, since=found.created_at.timestamp())
