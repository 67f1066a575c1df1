"""A tenant's settings: how its widget and hosted rooms look."""

from __future__ import annotations

from typing import Any

from ninja import Router

from chat.api.caller import ApiRequest
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.schemas import Answer, Body
from tenants.appearance import Appearance, Launcher, appearance_payload
from tenants.settings import appearance, set_appearance

router = Router(tags=["settings"], auth=admitted_server)


class AppearanceIn(Appearance, Body):
    __doc__ = Appearance.__doc__


class LauncherOut(Launcher, Answer):
    __doc__ = Launcher.__doc__


class AppearanceOut(Appearance, Answer):
    """``accent_ink`` and ``accent_dark_ink`` are what is read best on the accents: white or black."""

    launcher: LauncherOut
    accent_ink: str | None
    accent_dark_ink: str | None


@router.get("/settings/appearance", response=AppearanceOut, openapi_extra=refusals())
async def get_appearance(request: ApiRequest) -> dict[str, Any]:
    """How the widget and the hosted rooms look. Needs an API key."""
    return appearance_payload(await appearance(request.tenant.id))


@router.put("/settings/appearance", response=AppearanceOut, openapi_extra=refusals(body=True))
async def put_appearance(request: ApiRequest, body: AppearanceIn) -> dict[str, Any]:
    """Another appearance; what is left out is as if never set. Needs an API key."""
    await set_appearance(request.tenant, body)
    return appearance_payload(body)
