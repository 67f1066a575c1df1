"""Who is at the door of a hosted page."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode

from chat.api.caller import actor_of
from chat.hosted.guests import for_guest
from chat.policies import Actor
from tenants.models import Account, Membership
from tenants.records import TenantRecord


class HostedRequest(HttpRequest):
    tenant: TenantRecord
    membership: Membership | None


View = Callable[..., Coroutine[Any, Any, HttpResponse]]


def for_members(view: View) -> View:
    """Calls ``view(request, me, …)``. Sends strangers to sign in, and accounts without a membership away; guests get
    their room's page and no other."""

    @wraps(view)
    async def guarded(request: HostedRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, Account):
            to_sign_in = HttpResponseRedirect(f"/sign-in?{urlencode({'next': request.get_full_path()})}")
            return await for_guest(request, view, **kwargs) or to_sign_in
        if request.membership is None:
            return refuse(request, "hosted/refused.html", 403)
        return await view(request, await actor_of(request), *args, **kwargs)

    return guarded


def refuse(request: HostedRequest, template: str, status: int) -> HttpResponse:
    context = {"tenant": request.tenant, "account": request.user, "membership": request.membership}
    return render(request, template, context, status=status)


def chat_user(me: Actor) -> dict[str, Any]:
    """As the socket's hello shows them."""
    return {"id": me.user_id, "name": me.name, **({"guest": True} if me.is_guest else {})}
