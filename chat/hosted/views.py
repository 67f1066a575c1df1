"""The list of rooms and a room, for signed-in members of the tenant."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode

from chat.api.caller import actor_of
from chat.policies import Actor
from chat.queries.rooms import RoomView, room_for, rooms_for
from kit.errors import BANNED, NOT_ALLOWED, ROOM_NOT_FOUND, ParleyError
from kit.text import storable
from tenants.models import Account, Membership
from tenants.records import TenantRecord

_MOST_ROOMS = 200


class HostedRequest(HttpRequest):
    tenant: TenantRecord
    membership: Membership | None


View = Callable[..., Coroutine[Any, Any, HttpResponse]]


def for_members(view: View) -> View:
    """Sends strangers to sign in, and accounts without a membership away."""

    @wraps(view)
    async def guarded(request: HostedRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account = request.user
        if not isinstance(account, Account):
            return HttpResponseRedirect(f"/sign-in?{urlencode({'next': request.get_full_path()})}")
        if request.membership is None:
            return render(request, "hosted/refused.html", _frame(request, account), status=403)
        return await view(request, account, await actor_of(request), *args, **kwargs)

    return guarded


@for_members
async def rooms(request: HostedRequest, account: Account, me: Actor) -> HttpResponse:
    context = await _page(request, account, me, room=None)
    return render(request, "hosted/rooms.html", context)


@for_members
async def room(request: HostedRequest, account: Account, me: Actor, room_id: str) -> HttpResponse:
    try:
        found = await _find(me, room_id)
    except ParleyError as refusal:
        refused = ("hosted/refused.html", 403)
        pages = {NOT_ALLOWED: refused, BANNED: refused, ROOM_NOT_FOUND: ("hosted/missing.html", 404)}
        template, status = pages[refusal.code]
        return render(request, template, _frame(request, account), status=status)
    return render(request, "hosted/room.html", await _page(request, account, me, found))


async def _find(me: Actor, room_id: str) -> RoomView:
    try:
        return await room_for(me, storable(room_id))
    except ValueError:
        raise ParleyError(ROOM_NOT_FOUND) from None


async def _page(request: HostedRequest, account: Account, me: Actor, room: RoomView | None) -> dict[str, Any]:
    listed, _ = await rooms_for(me, limit=_MOST_ROOMS)
    shown = [_shown(each) for each in listed]
    current = _shown(room) if room else None
    return {
        **_frame(request, account),
        "me": {"id": me.user_id, "name": me.name},
        "room": current,
        "rooms": shown,
        "page": {
            "me": {"id": me.user_id, "name": me.name},
            "tenant": {"name": request.tenant.name, "slug": request.tenant.slug},
            "room": current,
            "rooms": shown,
            "socket": "/ws/v1",
            "api": "/api/v1",
        },
    }


def _frame(request: HostedRequest, account: Any) -> dict[str, Any]:
    return {"tenant": request.tenant, "account": account, "membership": request.membership}


def _shown(room: RoomView) -> dict[str, Any]:
    return {
        "id": room.id,
        "name": room.name.strip() or room.id,
        "kind": room.kind,
        "topic": room.topic,
        "epoch": room.epoch,
        "member": room.member,
        "archived": room.archived,
        "unread": room.unread,
        "last_seq": room.last_seq,
        "read_seq": room.read_seq,
        "last_message": room.last_message,
    }
