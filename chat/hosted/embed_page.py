"""``/embed``: what the organisation's own team needs to put its rooms on a page of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chat.hosted.policy import PICTURES, allow
from chat.hosted.visitors import HostedRequest, chat_user, for_administrators, for_members, listed_rooms
from chat.policies import Actor
from kit.errors import NOT_ALLOWED, ParleyError
from tenants import origins
from tenants.appearance import Appearance, appearance_payload
from tenants.models import Role
from tenants.problems import problem
from tenants.records import SigningKeyRecord, TenantRecord
from tenants.settings import appearance, change_appearance
from tenants.tokens import mint

_TOKEN_SECONDS = 3_600
_THEMES = {"auto": "As the reader's system", "light": "Light", "dark": "Dark"}
_FONTS = {"system": "System", "serif": "Serif", "mono": "Mono", "inherit": "Your page's"}
_POSITIONS = {"end": "Right, in Arabic left", "start": "Left, in Arabic right"}


@never_cache
@require_safe
@for_members
async def embed_page(request: HostedRequest, me: Actor) -> HttpResponse:
    return await _page(request, me)


@require_POST
@for_administrators
async def add_origin(request: HostedRequest, me: Actor) -> HttpResponse:
    wanted = request.POST.get("origin", "")
    try:
        await origins.add_origin(request.tenant, wanted)
    except ParleyError as refusal:
        faulty = {"refused": wanted, "why": refusal.detail or refusal.code.title}
        return await _page(request, me, status=422, **faulty)
    return HttpResponseRedirect("/embed#origins")


@require_POST
@for_administrators
async def remove_origin(request: HostedRequest, me: Actor) -> HttpResponse:
    await origins.remove_origin(request.tenant, request.POST.get("origin", ""))
    return HttpResponseRedirect("/embed#origins")


@require_POST
@for_administrators
async def save_appearance(request: HostedRequest, me: Actor) -> HttpResponse:
    try:
        await change_appearance(request.tenant, _chosen(request.POST))
    except ValueError:
        return await _page(request, me, status=422, no_appearance=True)
    return HttpResponseRedirect("/embed#appearance")


def _chosen(form: Mapping[str, str]) -> dict[str, Any]:
    """Raises ValueError."""
    return {
        "accent": form.get("accent") or None,
        "accent_dark": form.get("accent_dark") or None,
        "theme": form.get("theme"),
        "radius": int(form.get("radius", "")),
        "font": form.get("font"),
        "launcher": {"position": form.get("position"), "label": form.get("label", "").strip()},
    }


@never_cache
@require_POST
@for_members
async def make_token(request: HostedRequest, me: Actor) -> HttpResponse:
    """For the owner to try things out with, as himself or herself. It is in this answer and nowhere else."""
    key = _signing_key(request.tenant)
    if key is None or request.membership is None or request.membership.role != Role.OWNER:
        return problem(NOT_ALLOWED)
    assert me.user_id is not None
    token, _ = mint(key, me.user_id, name=me.name, ttl=_TOKEN_SECONDS)
    return await _page(request, me, token=token)


async def _page(request: HostedRequest, me: Actor, *, status: int = 200, **more: object) -> HttpResponse:
    rooms = await listed_rooms(me)
    tenant, membership = request.tenant, request.membership
    origin = origins.own_origin(request.get_host())
    looks = await appearance(tenant.id)
    context = {
        "tenant": tenant,
        "origin": origin,
        "socket_origin": origin.replace("http", "ws", 1),
        "rooms": [{"id": room.id, "name": room.name.strip() or room.id} for room in rooms],
        "appearance": looks,
        "choices": {"themes": _THEMES, "fonts": _FONTS, "positions": _POSITIONS},
        "origins": await origins.origins_of(tenant.id),
        "key": _signing_key(tenant),
        "other_keys": [key for key in tenant.signing_keys.values() if key.algorithm != "HS256"],
        "may_change": membership is not None and membership.administers,
        "is_owner": membership is not None and membership.role == Role.OWNER,
        "page": _for_script(request, me, looks),
        **more,
    }
    return allow(render(request, "hosted/embed_page.html", context, status=status), PICTURES)


def _for_script(request: HostedRequest, me: Actor, looks: Appearance) -> dict[str, Any]:
    return {
        "me": chat_user(me),
        "csrf": get_token(request),
        "organisation": request.tenant.name,
        "appearance": appearance_payload(looks),
    }


def _signing_key(tenant: TenantRecord) -> SigningKeyRecord | None:
    """The newest whose secret the customer's server signs with."""
    return next((key for key in tenant.signing_keys.values() if key.algorithm == "HS256"), None)
