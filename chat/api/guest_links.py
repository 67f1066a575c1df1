"""Guest links: into one room, for people without an account, for some time."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Router
from pydantic import AfterValidator, Field

from chat import guest_tokens
from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor
from chat.api.openapi import refusals
from chat.api.rooms import Limit, time_and_id
from chat.api.schemas import Answer, Body, Page, RoomPath
from chat.commands import guests as commands
from chat.queries.guests import GuestLinkView, guest_links
from kit.errors import BAD_CURSOR, NOT_FOUND, ROOM_ARCHIVED, ROOM_NOT_FOUND
from kit.text import storable
from tenants.origins import own_origin

router = Router(tags=["guests"])

_DAY = 86_400.0
GuestLinkPath = Annotated[str, Path(..., min_length=1, max_length=32), AfterValidator(storable)]


class GuestLinkIn(Body):
    """``name`` says what it is for. ``ttl`` in seconds, a week unless said. At most ``most_guests`` come by it."""

    name: Annotated[str, Field(max_length=120), AfterValidator(storable)] = ""
    ttl: Annotated[float, Field(ge=60, le=90 * _DAY)] = 7 * _DAY
    most_guests: Annotated[int, Field(ge=1, le=10_000)] | None = None


class GuestLinkOut(Answer):
    """Whoever knows ``url`` may come in. ``guests``: how many ever came. ``created_by`` is null where an API key made
    it."""

    id: Annotated[str, Field(examples=["gl_5yzkq2xabm4tq7rw"])]
    url: str
    name: str
    created_by: str | None
    created_at: datetime
    expires_at: datetime
    most_guests: int | None
    guests: int


@router.get(
    "/rooms/{room}/guest-links",
    response=Page[GuestLinkOut],
    openapi_extra=refusals(ROOM_NOT_FOUND, BAD_CURSOR, secret=True),
)
async def list_guest_links(request: ApiRequest, room: RoomPath, limit: Limit, cursor: str | None = None) -> object:
    """Those in force, the newest first. For moderators, owners and the server."""
    found, more = await guest_links(request.auth, room, limit=limit, after=time_and_id(cursor))
    last = found[-1] if more else None
    return {
        "data": [_shown(request, link) for link in found],
        "next": make_cursor(last.created_at.isoformat(), last.id) if last else None,
    }


@router.post(
    "/rooms/{room}/guest-links",
    response={201: GuestLinkOut},
    openapi_extra=refusals(ROOM_NOT_FOUND, ROOM_ARCHIVED, body=True, secret=True),
)
async def create_guest_link(request: ApiRequest, room: RoomPath, body: GuestLinkIn) -> tuple[int, GuestLinkOut]:
    """A URL that lets people without an account into this room and no other. For moderators, owners and the server."""
    life = timedelta(seconds=body.ttl)
    made = await commands.create_guest_link(request.auth, room, name=body.name, life=life, most_guests=body.most_guests)
    return 201, _shown(request, made)


@router.delete(
    "/rooms/{room}/guest-links/{guest_link}",
    response={204: None},
    openapi_extra=refusals(ROOM_NOT_FOUND, NOT_FOUND, body=True),
)
async def revoke_guest_link(request: ApiRequest, room: RoomPath, guest_link: GuestLinkPath) -> HttpResponse:
    """The link opens nothing from now on, and its guests have to go: they are deactivated, their sockets end. What they
    said stays."""
    await commands.revoke_guest_link(request.auth, room, guest_link)
    return HttpResponse(status=204)


def _shown(request: ApiRequest, link: GuestLinkView) -> GuestLinkOut:
    token = guest_tokens.sign(link.id, request.tenant.schema_name)
    return GuestLinkOut(**asdict(link), url=f"{own_origin(request.get_host())}/guest/{token}")
