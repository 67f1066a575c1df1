"""Hosted rooms: one page, whose script shows what its address says."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.api.schemas import MessageOut, RoomOut
from chat.hosted.guests import outside
from chat.hosted.policy import PICTURES, allow, inlined
from chat.hosted.visitors import HostedRequest, chat_user, for_members, listed_rooms, refuse
from chat.payloads import message_payload
from chat.policies import Actor
from chat.queries.rooms import RoomView, room_for
from chat.queries.timeline import history
from kit.errors import BANNED, NOT_ALLOWED, ROOM_NOT_FOUND, ParleyError
from kit.text import storable
from tenants.appearance import appearance_payload

_MESSAGES = 50
_REFUSALS = {
    NOT_ALLOWED: ("hosted/refused.html", 403),
    BANNED: ("hosted/refused.html", 403),
    ROOM_NOT_FOUND: ("hosted/missing.html", 404),
}


@require_safe
@for_members
async def inbox(request: HostedRequest, me: Actor) -> HttpResponse:
    return await _app(request, me, None)


@require_safe
@for_members
async def room(request: HostedRequest, me: Actor, room_id: str, message_id: str | None = None) -> HttpResponse:
    """``message_id`` is for the page's script, which has the address."""
    try:
        found = await _find(me, room_id)
        current = {**_shown(found), "messages": await _newest(me, found)}
    except ParleyError as refusal:
        return outside(request) if me.is_guest else refuse(request, *_REFUSALS[refusal.code])
    return await _app(request, me, current)


async def _find(me: Actor, room_id: str) -> RoomView:
    try:
        return await room_for(me, storable(room_id))
    except ValueError:
        raise ParleyError(ROOM_NOT_FOUND) from None


async def _newest(me: Actor, current: RoomView) -> list[dict[str, Any]]:
    events, _ = await history(current.id, me, before_seq=None, after_seq=None, limit=_MESSAGES)
    return [MessageOut.model_validate(message_payload(event)).model_dump(mode="json") for event in events]


async def _app(request: HostedRequest, me: Actor, current: dict[str, Any] | None) -> HttpResponse:
    page = {**_frame(request, me), "rooms": [_shown(each) for each in await listed_rooms(me)], "room": current}
    response = render(request, "hosted/app.html", {"tenant": request.tenant, "room": current, "page": page})
    return allow(response, {**PICTURES, **inlined("hosted/app.css")})


def _frame(request: HostedRequest, me: Actor) -> dict[str, Any]:
    place = request.membership  # a guest has none
    return {
        "me": chat_user(me),
        "role": place.role if place else "guest",
        "organisation": {"name": request.tenant.name, "slug": request.tenant.slug},
        "appearance": appearance_payload(request.tenant.appearance),
        "csrf": get_token(request),
        "links": {
            "admin": "/admin/" if place and place.opens_console else None,
            "embed": "/embed" if place else None,
            "signOut": "/sign-out",
        },
    }


def _shown(view: RoomView) -> dict[str, Any]:
    """As REST shows it; what has no name is called by its id."""
    return {**RoomOut.model_validate(view).model_dump(mode="json"), "name": view.name.strip() or view.id}
