"""Reactions to messages, and pins."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Path, Router
from pydantic import AfterValidator

from chat.api.caller import ApiRequest
from chat.api.messages import CHANGING
from chat.api.openapi import refusals
from chat.api.rooms import acting_as
from chat.api.schemas import MessageOut, MessagePath, Page, RoomPath, UserQuery
from chat.commands import reactions as commands
from chat.commands.pins import pin, unpin
from chat.payloads import message_payload
from chat.queries.messages import pins
from kit.errors import BANNED, ROOM_NOT_FOUND, USER_NOT_FOUND
from kit.text import storable

router = Router(tags=["messages"])
Emoji = Annotated[str, Path(..., min_length=1, max_length=64), AfterValidator(storable)]

_REACTING = refusals(USER_NOT_FOUND, *CHANGING, body=True)
_PINNING = refusals(*CHANGING, body=True)


@router.put("/rooms/{room}/messages/{message}/reactions/{emoji}", response={204: None}, openapi_extra=_REACTING)
async def add_reaction(
    request: ApiRequest, room: RoomPath, message: MessagePath, emoji: Emoji, user: UserQuery = None
) -> HttpResponse:
    """React with one emoji or a ``:short_code:``. With an API key ``user`` names who does."""
    await commands.add_reaction(request.tenant, await acting_as(request.auth, user), room, message, emoji)
    return HttpResponse(status=204)


@router.delete("/rooms/{room}/messages/{message}/reactions/{emoji}", response={204: None}, openapi_extra=_REACTING)
async def remove_reaction(
    request: ApiRequest, room: RoomPath, message: MessagePath, emoji: Emoji, user: UserQuery = None
) -> HttpResponse:
    """Take one's reaction back."""
    await commands.remove_reaction(request.tenant, await acting_as(request.auth, user), room, message, emoji)
    return HttpResponse(status=204)


@router.put("/rooms/{room}/messages/{message}/pin", response={204: None}, openapi_extra=_PINNING)
async def pin_message(request: ApiRequest, room: RoomPath, message: MessagePath) -> HttpResponse:
    """Pin a message: moderators, owners and the server, in a direct conversation everybody."""
    await pin(request.tenant, request.auth, room, message)
    return HttpResponse(status=204)


@router.delete("/rooms/{room}/messages/{message}/pin", response={204: None}, openapi_extra=_PINNING)
async def unpin_message(request: ApiRequest, room: RoomPath, message: MessagePath) -> HttpResponse:
    await unpin(request.tenant, request.auth, room, message)
    return HttpResponse(status=204)


@router.get("/rooms/{room}/pins", response=Page[MessageOut], openapi_extra=refusals(ROOM_NOT_FOUND, BANNED))
async def list_pins(request: ApiRequest, room: RoomPath) -> object:
    """What is pinned to the room, the latest first."""
    return {"data": [message_payload(event) for event in await pins(request.auth, room)], "next": None}
