"""The door of the API: who calls, whether the pace allows it, whether the same request came before."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from structlog.contextvars import bind_contextvars

from chat.api.caller import caller
from chat.api.idempotency import claim_key
from chat.policies import Actor
from kit.buckets import Standing
from kit.errors import NOT_ALLOWED, ParleyError
from tenants.limits import (
    Pace,
    calls_per_address,
    calls_per_key,
    calls_per_user,
    searches_per_user,
    take,
    take_here,
    uploads_per_user,
)
from tenants.models import ApiKey
from tenants.records import Limits, TenantRecord

_NARROW = {
    ("GET", "/api/v1/search"): searches_per_user,
    ("POST", "/api/v1/uploads"): uploads_per_user,
}


async def admitted(request: HttpRequest) -> Actor:
    """The caller, once it may come in. Raises what ``caller``, ``take`` and ``claim_key`` raise."""
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    try:
        actor = await caller(request)
    except ParleyError as refusal:
        if refusal.code.status == 401:
            await _count(request, calls_per_address(tenant.limits), f"address:{_address_of(request)}")
        raise
    name = _name(request, actor)
    kind, _, who = name.partition(":")
    bind_contextvars(**{kind: who})
    for pace in _paces(request, actor):
        await _count(request, pace(tenant.limits), name)
    await claim_key(request, name)
    return actor


async def admitted_server(request: HttpRequest) -> Actor:
    """The same at the routes of the tenant's server alone. Raises ParleyError ``not_allowed`` for anybody else."""
    actor = await admitted(request)
    if not actor.is_server:
        raise ParleyError(NOT_ALLOWED, "This needs an API key.")
    return actor


def _paces(request: HttpRequest, actor: Actor) -> list[Callable[[Limits], Pace]]:
    """What a call counts as. A server's searches and uploads are calls like its others."""
    if actor.is_server:
        return [calls_per_key]
    narrow = _NARROW.get((str(request.method), request.path))
    return [calls_per_user, narrow] if narrow else [calls_per_user]


async def _count(request: HttpRequest, pace: Pace, name: str) -> None:
    """Messages are sent often, and have a pace of their own: those calls are counted here alone."""
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    sends = request.method == "POST" and request.path.endswith("/messages")
    standing = take_here(tenant, pace, name) if sends else await take(tenant, pace, name)
    request.standing = (pace, standing)  # type: ignore[attr-defined]


def standing_of(request: HttpRequest) -> tuple[Pace, Standing] | None:
    """The pace that the request was counted under, and how the caller stands there."""
    found: tuple[Pace, Standing] | None = getattr(request, "standing", None)
    return found


def _name(request: HttpRequest, actor: Actor) -> str:
    if actor.user_id is not None:
        return f"user:{actor.user_id}"
    key: ApiKey = request.api_key  # type: ignore[attr-defined]
    return f"key:{key.prefix}"


def _address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
