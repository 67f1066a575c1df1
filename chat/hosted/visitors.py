"""Who is at the door of a hosted page."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode

from chat.api.caller import actor_of
from chat.hosted.guests import for_guest
from chat.payloads import Payload, user_payload
from chat.policies import Actor
from chat.queries.rooms import RoomView, rooms_for
from kit.errors import NOT_ALLOWED
from tenants.models import Account, Membership
from tenants.problems import problem
from tenants.records import TenantRecord


class HostedRequest(HttpRequest):
    tenant: TenantRecord
    membership: Membership | None
    lacks_second_factor: bool


_MOST_ROOMS = 200
View = Callable[..., Coroutine[Any, Any, HttpResponse]]


def for_members(view: View) -> View:
    """Calls ``view(request, me, …)``. Sends strangers to sign in, and accounts without a membership away; guests get
    their room's page and no other. Whatever comes of it is theirs alone, and no cache's."""

    @wraps(view)
    async def guarded(request: HostedRequest, **places: Any) -> HttpResponse:
        response = await _answer(request, view, **places)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return guarded


async def _answer(request: HostedRequest, view: View, **places: Any) -> HttpResponse:
    if not isinstance(request.user, Account):
        to_sign_in = HttpResponseRedirect(f"/sign-in?{urlencode({'next': request.get_full_path()})}")
        return await for_guest(request, view, **places) or to_sign_in
    if request.lacks_second_factor:
        return HttpResponseRedirect(f"{settings.SECOND_FACTOR_URL}?{urlencode({'next': request.get_full_path()})}")
    if request.membership is None:
        return refuse(request, "hosted/refused.html", 403)
    return await view(request, await actor_of(request), **places)


def for_administrators(view: View) -> View:
    """The same, for those who change what the tenant sets for itself; ``not_allowed`` for its other people."""

    @for_members
    @wraps(view)
    async def guarded(request: HostedRequest, me: Actor, **places: Any) -> HttpResponse:
        if request.membership is None or not request.membership.administers:
            return problem(NOT_ALLOWED)
        return await view(request, me, **places)

    return guarded


def refuse(request: HostedRequest, template: str, status: int) -> HttpResponse:
    context = {"tenant": request.tenant, "account": request.user, "membership": request.membership}
    return render(request, template, context, status=status)


def chat_user(me: Actor) -> Payload:
    """As the socket's hello shows them."""
    assert me.user_id is not None
    return user_payload(me.user_id, me.name, me.avatar, guest=me.is_guest)


async def listed_rooms(me: Actor) -> list[RoomView]:
    """Those that a page has from the start, the latest active first."""
    rooms, _ = await rooms_for(me, limit=_MOST_ROOMS)
    return rooms
