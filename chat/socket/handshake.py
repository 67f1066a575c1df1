"""Who is at the door of the socket: a user token, or a signed-in account's cookie."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from chat.commands.users import Entered, enter
from chat.policies import Actor
from kit.errors import ORIGIN_NOT_ALLOWED, TOKEN_INVALID, TOKEN_MISSING, ParleyError
from tenants.records import TenantRecord
from tenants.sessions import membership_of_session
from tenants.tokens import verify

SUBPROTOCOL = "parley.v1"
_BEARER = "bearer."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may come in. ``expires_at`` (Unix time) and ``key_id`` are a token's, ``account_id`` a session's."""

    actor: Actor
    entered: Entered
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
        return await _by_token(tenant, token)
    session_key = _session_key(scope)
    if session_key is None:
        raise ParleyError(TOKEN_MISSING, "Connect with a user token or, on hosted pages, signed in.")
    _check_origin(scope)
    return await _by_session(tenant, session_key)


def _presented_token(scope: dict[str, Any]) -> str | None:
    for offered in scope["subprotocols"]:
        if offered.startswith(_BEARER):
            return str(offered.removeprefix(_BEARER))
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return query["token"][0] if "token" in query else None


async def _by_token(tenant: TenantRecord, token: str) -> Visitor:
    claims = verify(token, tenant)
    entered = await enter(claims.user_id, name=claims.name, avatar=claims.avatar)
    actor = Actor(entered.id, entered.name, entered.avatar, claims.rooms)
    return Visitor(actor, entered, expires_at=claims.expires_at, key_id=claims.key_id)


async def _by_session(tenant: TenantRecord, session_key: str) -> Visitor:
    membership = await membership_of_session(session_key, tenant)
    if membership is None:
        raise ParleyError(TOKEN_INVALID, "The session is not valid here: sign in again.")
    account = membership.account
    entered = await enter(account.id, name=account.name, account_id=account.id)
    return Visitor(Actor(entered.id, entered.name, entered.avatar), entered, account_id=account.id)


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


def _check_origin(scope: dict[str, Any]) -> None:
    """A browser sends the cookie along from any page: only our own page may use it (RFC 6455 section 10.2)."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").lower()
    scheme = b"https" if settings.SECURE else b"http"
    if origin != scheme + b"://" + headers.get(b"host", b"").lower():
        raise ParleyError(ORIGIN_NOT_ALLOWED)
