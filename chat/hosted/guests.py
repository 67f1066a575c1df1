"""Guests: the page that a guest link leads to, and what of the other pages is theirs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat import guest_tokens
from chat.api.caller import guest_of
from chat.commands.guests import enter_as_guest
from chat.queries.guests import Doorway, doorway
from kit.errors import MAINTENANCE, ParleyError
from tenants.limits import Pace, RateLimited, take
from tenants.sessions import SESSION_GUEST, SESSION_TENANT

if TYPE_CHECKING:  # it asks here for guests
    from chat.hosted.visitors import HostedRequest, View

_PACE = Pace("guests-per-address", 1.0, 60)
_UNKNOWN = ("This is not a guest link", "It may be mistyped or cut off: open it again from where you found it.")
_ENDED = ("This guest link is no longer open", "Ask whoever gave it to you for a new one.")
_PAUSED = ("Nobody can come in just now", "There is maintenance: try again in a few minutes.")
_FULL = ("This guest link is used up", "As many guests came as it lets in. Ask whoever gave it to you for a new one.")
_TOO_FAST = ("Too many at once", "Too many guests come from your network. Wait a moment and open the link again.")
_OUTSIDE = ("You are not in this room any more", "What was said stays here. Ask whoever gave you the link.")
_ELSEWHERE = ("This page is not for guests", "Your guest link opens one room.")


class GuestForm(forms.Form):
    name = forms.CharField(max_length=60)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
async def come_in(request: HostedRequest, token: str) -> HttpResponse:
    """``/guest/<token>``: asks for a name, makes a guest of whoever gives one, and leads into the room. Who has a place
    in the room already goes straight there."""
    response = await _come_in(request, token)
    response["Referrer-Policy"] = "strict-origin"  # no path; "no-referrer" would take the form's Origin away, too
    return response


async def _come_in(request: HostedRequest, token: str) -> HttpResponse:
    try:
        await take(request.tenant, _PACE, f"address:{request.META.get('REMOTE_ADDR', '')}")
    except RateLimited as refusal:
        response = _note(request, _TOO_FAST, 429)
        response["Retry-After"] = str(math.ceil(refusal.standing.wait))
        return response
    link_id = guest_tokens.read(token, request.tenant.schema_name)
    if link_id is None:
        return _note(request, _UNKNOWN, 404)
    door = await doorway(link_id)
    if door is None:
        return _note(request, _ENDED, 410)
    if request.membership is not None or await _came_before(request, link_id):
        return HttpResponseRedirect(_home(door.room_id))
    return await _ask(request, link_id, door)


async def _came_before(request: HostedRequest, link_id: str) -> bool:
    try:
        found = await guest_of(request)
    except ParleyError:
        return False
    return found is not None and found.link_id == link_id and found.member


async def _ask(request: HostedRequest, link_id: str, door: Doorway) -> HttpResponse:
    if door.full:
        return _note(request, _FULL, 410)
    form = GuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            guest_id = await enter_as_guest(link_id, door.room_id, form.cleaned_data["name"])
        except ParleyError as refusal:  # it ended, or filled up, in between
            return _note(request, *((_PAUSED, 503) if refusal.code is MAINTENANCE else (_ENDED, 410)))
        await _let_in(request, guest_id, door)
        return HttpResponseRedirect(_home(door.room_id))
    context = {"tenant": request.tenant, "door": door, "form": form}
    return render(request, "hosted/guest.html", context, status=422 if form.errors else 200)


async def _let_in(request: HostedRequest, guest_id: str, door: Doorway) -> None:
    """A session of its own, so that nothing of the one before is in it, which ends with the link."""
    await request.session.aflush()
    await request.session.aset(SESSION_TENANT, request.tenant.id)
    await request.session.aset(SESSION_GUEST, guest_id)
    await request.session.aset_expiry(door.expires_at)
    rotate_token(request)


async def for_guest(request: HostedRequest, view: View, **places: Any) -> HttpResponse | None:
    """``view``'s page for the guest whose session it is: their room, and nothing else. None for who is no guest."""
    try:
        found = await guest_of(request)
    except ParleyError:
        return _note(request, _ENDED, 410)
    if found is None:
        return None
    if places.get("room_id") == found.room_id:
        return await view(request, found.actor, **places)
    if request.path == "/":
        return HttpResponseRedirect(_home(found.room_id))
    return _note(request, _ELSEWHERE, 403, home=_home(found.room_id))


def outside(request: HostedRequest) -> HttpResponse:
    """For a guest who has left the room, or was sent away."""
    return _note(request, _OUTSIDE, 403)


def _home(room_id: str) -> str:
    return f"/rooms/{quote(room_id, safe='')}"


def _note(request: HostedRequest, note: tuple[str, str], status: int, home: str = "") -> HttpResponse:
    heading, words = note
    context = {"tenant": request.tenant, "heading": heading, "words": words, "home": home}
    return render(request, "hosted/guest_note.html", context, status=status)
