"""Who calls: a server with an API key, a user with a token, a signed-in account with a cookie."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.utils import check_csrf

from chat.commands.users import enter
from chat.policies import SERVER, Actor
from kit.errors import CSRF_FAILED, NOT_ALLOWED, TOKEN_INVALID, TOKEN_MISSING, ParleyError
from tenants.keys import check_api_key
from tenants.models import Account, Membership
from tenants.records import TenantRecord
from tenants.tokens import verify


class ApiRequest(HttpRequest):
    """A request as the routes see it: resolved to a tenant, and to an actor."""

    tenant: TenantRecord
    auth: Actor


async def caller(request: HttpRequest) -> Actor:
    """The actor behind the request; a bearer, if there is one, decides alone.

    Raises ParleyError: ``token_missing``, ``token_invalid``, ``token_expired``, ``csrf_failed``, ``not_allowed``.
    """
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    header = request.headers.get("Authorization")
    if header is None:
        return await _signed_in(request)
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise ParleyError(TOKEN_INVALID, "Authorization must be: Bearer <credential>.")
    return await _bearer(tenant, credential.strip())


async def _bearer(tenant: TenantRecord, credential: str) -> Actor:
    if credential.startswith("sk_"):
        await check_api_key(tenant, credential)
        return SERVER
    claims = verify(credential, tenant)
    entered = await enter(claims.user_id, name=claims.name, avatar=claims.avatar)
    return Actor(entered.id, entered.name, entered.avatar, claims.rooms)


async def _signed_in(request: HttpRequest) -> Actor:
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    if membership is None:
        raise ParleyError(TOKEN_MISSING, "Send an API key or a user token as a bearer, or sign in.")
    if request.method not in ("GET", "HEAD", "OPTIONS") and check_csrf(request) is not None:
        raise ParleyError(CSRF_FAILED)
    return await actor_of(request)


async def actor_of(request: HttpRequest) -> Actor:
    """The chat user of the signed-in account, made on first sight. The request has a membership."""
    account = request.user
    assert isinstance(account, Account)
    entered = await enter(account.id, name=account.name, account_id=account.id)
    return Actor(entered.id, entered.name, entered.avatar)


def check_server(actor: Actor) -> None:
    """Raises ParleyError ``not_allowed`` for anybody but the tenant's server."""
    if not actor.is_server:
        raise ParleyError(NOT_ALLOWED, "This needs an API key.")
