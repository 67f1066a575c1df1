"""Who calls: a server with an API key, a user with a token, a signed-in account or a guest with a cookie."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.utils import check_csrf

from chat.commands.users import enter
from chat.policies import SERVER, Actor
from chat.queries.guests import Guest, guest
from kit.errors import CSRF_FAILED, SCOPE_MISSING, TOKEN_INVALID, TOKEN_MISSING, ParleyError
from tenants.keys import check_api_key
from tenants.models import Account, ApiKey, Membership
from tenants.records import TenantRecord
from tenants.scopes import Scope, check_scopes
from tenants.sessions import SESSION_GUEST
from tenants.tokens import check_user_token


class ApiRequest(HttpRequest):
    """A request as the routes see it: resolved to a tenant, and to an actor. ``api_key`` is there when the actor is the
    tenant's server, ``account`` when the actor is signed in."""

    tenant: TenantRecord
    auth: Actor
    api_key: ApiKey
    account: Account


async def caller(request: HttpRequest) -> Actor:
    """The actor behind the request; a bearer, if there is one, decides alone.

    Raises ParleyError: ``token_missing``, ``token_invalid``, ``token_expired``, ``scope_missing``, ``csrf_failed``,
    ``not_allowed``.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return await _signed_in(request)
    scheme, _, credential = header.partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise ParleyError(TOKEN_INVALID, "Authorization must be: Bearer <credential>.")
    return await _bearer(request, credential.strip())


async def _bearer(request: HttpRequest, credential: str) -> Actor:
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    if credential.startswith("sk_"):
        return _server(request, await check_api_key(tenant, credential))
    claims = await check_user_token(credential, tenant)
    entered = await enter(claims.user_id, name=claims.name, avatar=claims.avatar, issued_at=claims.issued_at)
    return Actor(entered.id, entered.name, entered.avatar, claims.rooms, since=entered.since)


def _server(request: HttpRequest, api_key: ApiKey) -> Actor:
    """Behind a key that covers the route; a route that says of no scope that it is enough is open to none."""
    needed: Scope | None = getattr(request, "scope_needed", None)
    if needed is None:
        raise ParleyError(SCOPE_MISSING)
    check_scopes(api_key.scopes, [needed])
    request.api_key = api_key  # type: ignore[attr-defined]
    return SERVER


async def _signed_in(request: HttpRequest) -> Actor:
    if not await has_session(request):
        raise ParleyError(TOKEN_MISSING, "Send an API key or a user token as a bearer, or sign in.")
    if request.method not in ("GET", "HEAD", "OPTIONS") and check_csrf(request) is not None:
        raise ParleyError(CSRF_FAILED)
    found = await guest_of(request)
    if found is not None:
        return found.actor
    request.account = request.user  # type: ignore[attr-defined]
    return await actor_of(request)


async def has_session(request: HttpRequest) -> bool:
    """Whether the cookie is that of a signed-in account, or of somebody who came as a guest."""
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    return membership is not None or await request.session.aget(SESSION_GUEST) is not None


async def guest_of(request: HttpRequest) -> Guest | None:
    """Whose session it is, if a guest's. Raises ParleyError, as ``chat.queries.guests.guest``, for who was one."""
    guest_id = await request.session.aget(SESSION_GUEST)
    return None if guest_id is None else await guest(guest_id)


async def actor_of(request: HttpRequest) -> Actor:
    """The chat user of the signed-in account, made on first sight. The request has a membership."""
    account = request.user
    assert isinstance(account, Account)
    entered = await enter(account.id, name=account.name, account_id=account.id)
    return Actor(entered.id, entered.name, entered.avatar, since=entered.since)
