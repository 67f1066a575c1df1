"""Rooms for an ``<iframe>`` on the pages that the tenant lists. Nobody is signed in here: the page around hands a token
over, and no cookie is read."""

from __future__ import annotations

from csp.constants import SELF
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from chat.hosted.policy import PICTURES, allow, inlined
from chat.hosted.visitors import HostedRequest
from tenants.appearance import appearance_payload


@xframe_options_exempt
@require_safe
async def framed(request: HostedRequest, room_id: str | None = None) -> HttpResponse:
    """A room, or all of them. Whether there is such a room, the token's holder is told."""
    tenant = request.tenant
    origins = sorted(tenant.origins)
    page = {
        "organisation": {"name": tenant.name, "slug": tenant.slug},
        "appearance": appearance_payload(tenant.appearance),
        "origins": origins,
        "room": room_id,
    }
    response = render(request, "hosted/framed.html", {"tenant": tenant, "page": page})
    return allow(response, {**PICTURES, **inlined("hosted/app.css"), "frame-ancestors": [SELF, *origins]})
