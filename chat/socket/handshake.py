"""Who is at the door of the socket: a user token, or the cookie of a signed-in account or a guest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from chat.commands.users import Entered, enter
from chat.policies import Actor
from chat.queries.guests import guest
from kit.errors import NOT_ALLOWED, ORIGIN_NOT_ALLOWED, TOKEN_INVALID, TOKEN_MISSING, ParleyError
from tenants.origins import own_origin
from tenants.records import TenantRecord
from tenants.sessions import guest_of_session, membership_of_session
from tenants.tokens import UserToken, check_user_token

SUBPROTOCOL = "parley.v1"
_BEARER = "bearer."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may come in. ``issued_at``, ``expires_at`` (Unix times) and ``key_id`` are a token's, ``expires_at``
    also a guest link's, ``account_id`` a session's."""

    actor: Actor
    entered: Entered
    issued_at: float = math.inf
    expires_at: float | None = None
    key_id: str | None = None
    account_id: str | None = None


async def identify(scope: dict[str, Any]) -> Visitor:
    """A token, if one is presented, decides alone; otherwise the session cookie does.

    Raises ParleyError: ``token_missing``, ``token_invalid``, ``token_expired``, ``not_allowed``,
    ``origin_not_allowed``.
    """
    tenant: TenantRecord = scope["tenant"]
    token = _presented_token(scope)
    if token is not None:
        _check_token_origin(scope, tenant)
        return await _by_token(tenant, token)
    session_key = _session_key(scope)
    if session_key is None:
        raise ParleyError(TOKEN_MISSING, "Connect with a user token or, on hosted pages, signed in.")
    _check_cookie_origin(scope)
    return await _by_session(tenant, session_key)


def _presented_token(scope: dict[str, Any]) -> str | None:
    for offered in scope["subprotocols"]:
        if offered.startswith(_BEARER):
            return str(offered.removeprefix(_BEARER))
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return query["token"][0] if "token" in query else None


async def _by_token(tenant: TenantRecord, token: str) -> Visitor:
    return await _enter(await check_user_token(token, tenant))


async def renewed(tenant: TenantRecord, visitor: Visitor, token: str) -> Visitor:
    """A visitor who came with a token, with a newer one of the same user.

    Raises ParleyError: ``token_invalid``, ``token_expired``, ``not_allowed``.
    """
    if visitor.expires_at is None:
        raise ParleyError(NOT_ALLOWED, "This socket was not opened with a token.")
    claims = await check_user_token(token, tenant)
    if claims.user_id != visitor.entered.id:
        raise ParleyError(TOKEN_INVALID, "The user token is somebody else's.")
    return await _enter(claims)


async def _enter(claims: UserToken) -> Visitor:
    entered = await enter(claims.user_id, name=claims.name, avatar=claims.avatar, issued_at=claims.issued_at)
    actor = Actor(entered.id, entered.name, entered.avatar, claims.rooms, since=entered.since)
    return Visitor(actor, entered, claims.issued_at, claims.expires_at, claims.key_id)


async def _by_session(tenant: TenantRecord, session_key: str) -> Visitor:
    membership = await membership_of_session(session_key, tenant)
    if membership is None:
        return await _by_guest_session(tenant, session_key)
    account = membership.account
    entered = await enter(account.id, name=account.name, account_id=account.id)
    actor = Actor(entered.id, entered.name, entered.avatar, since=entered.since)
    return Visitor(actor, entered, account_id=account.id)


async def _by_guest_session(tenant: TenantRecord, session_key: str) -> Visitor:
    guest_id = await guest_of_session(session_key, tenant)
    if guest_id is None:
        raise ParleyError(TOKEN_INVALID, "The session is not valid here: sign in again.")
    found = await guest(guest_id)
    return Visitor(found.actor, await enter(found.id), expires_at=found.expires_at.timestamp())


def _session_key(scope: dict[str, Any]) -> str | None:
    cookies: SimpleCookie = SimpleCookie()
    try:
        for name, value in scope["headers"]:
            if name == b"cookie":
                cookies.load(value.decode("latin-1"))
    except CookieError:
        return None
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value or None if morsel else None


def _check_cookie_origin(scope: dict[str, Any]) -> None:
    """A browser sends the cookie along from any page: only our own page may use it (RFC 6455 section 10.2)."""
    if _origin(scope) != _own_page(scope):
        raise ParleyError(ORIGIN_NOT_ALLOWED)


def _check_token_origin(scope: dict[str, Any], tenant: TenantRecord) -> None:
    """A tenant that lists origins has its tokens used on those pages and its own. Who sends no origin is no page."""
    origin = _origin(scope)
    if origin is not None and tenant.origins and origin != _own_page(scope) and origin not in tenant.origins:
        raise ParleyError(ORIGIN_NOT_ALLOWED)


def _origin(scope: dict[str, Any]) -> str | None:
    found: bytes | None = dict(scope["headers"]).get(b"origin")
    return None if found is None else found.decode("latin-1").lower()


def _own_page(scope: dict[str, Any]) -> str:
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
    return own_origin(host)
