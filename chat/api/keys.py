"""API keys, looked after by an API key: no key makes one that may do more, or lasts longer, than itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from channels.db import database_sync_to_async
from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Router
from pydantic import AfterValidator, Field

from chat.api.caller import ApiRequest
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.schemas import Answer, Body, Page
from kit.errors import KEY_NOT_FOUND, TOO_MANY_KEYS
from kit.text import storable
from tenants import keys
from tenants.scopes import Scope

router = Router(tags=["keys"], auth=admitted_server)

_YEAR = 366 * 86_400.0
KeyPath = Annotated[str, Path(..., min_length=1, max_length=64), AfterValidator(storable)]


class KeyIn(Body):
    """``ttl`` in seconds; without it the key does not expire."""

    name: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(storable)]
    scopes: Annotated[list[Annotated[Scope, Field(strict=False)]], Field(min_length=1, max_length=len(Scope))]
    ttl: Annotated[float, Field(gt=0, le=10 * _YEAR)] | None = None


class RotationIn(Body):
    """``overlap``: seconds that the old key goes on beside the new one."""

    overlap: Annotated[float, Field(ge=0, le=30 * 86_400)] = 86_400.0


class KeyOut(Answer):
    """``prefix`` is how the key begins, and names it."""

    prefix: str
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewKeyOut(KeyOut):
    """``secret`` is the whole key, shown this once."""

    secret: str


@router.get("/keys", response=Page[KeyOut], openapi_extra=refusals())
async def list_keys(request: ApiRequest) -> object:
    """The API keys in force, the newest first. Needs an API key."""
    return {"data": [key async for key in keys.api_keys(request.tenant)], "next": None}


@router.post("/keys", response={201: NewKeyOut}, openapi_extra=refusals(TOO_MANY_KEYS, body=True, secret=True))
async def create_key(request: ApiRequest, body: KeyIn) -> tuple[int, dict[str, object]]:
    """A further API key, of scopes that the caller's own has. Needs an API key."""
    expires_at = None if body.ttl is None else timezone.now() + timedelta(seconds=body.ttl)
    issue = database_sync_to_async(keys.issue_api_key)
    new = await issue(request.tenant, body.name, scopes=set(body.scopes), expires_at=expires_at, by=request.api_key)
    return 201, _shown(new)


@router.post(
    "/keys/{prefix}/rotate",
    response={201: NewKeyOut},
    openapi_extra=refusals(KEY_NOT_FOUND, TOO_MANY_KEYS, body=True, secret=True),
)
async def rotate_key(request: ApiRequest, prefix: KeyPath, body: RotationIn) -> tuple[int, dict[str, object]]:
    """A new key with the old one's name, scopes and expiry; the old one expires after the overlap. Needs an API key."""
    rotate = database_sync_to_async(keys.rotate_api_key)
    new = await rotate(request.tenant, prefix, overlap=timedelta(seconds=body.overlap), by=request.api_key)
    return 201, _shown(new)


@router.delete("/keys/{prefix}", response={204: None}, openapi_extra=refusals(KEY_NOT_FOUND, body=True))
async def revoke_key(request: ApiRequest, prefix: KeyPath) -> HttpResponse:
    """From now on the key opens nothing. Needs an API key, which may be the very one."""
    await database_sync_to_async(keys.revoke_api_key)(request.tenant, prefix)
    return HttpResponse(status=204)


def _shown(new: keys.NewApiKey) -> dict[str, object]:
    return {**{name: getattr(new.row, name) for name in KeyOut.model_fields}, "secret": new.secret}
