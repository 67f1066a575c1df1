"""Which scope an API key needs for a route: by the route's tag and method, or by its own line here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import unwrap
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.operation import Operation

from tenants.scopes import Scope

Run = Callable[..., Awaitable[HttpResponseBase]]

_ROOMS = (Scope.ROOMS_READ, Scope.ROOMS_WRITE)
_MESSAGES = (Scope.MESSAGES_READ, Scope.MESSAGES_WRITE)
_USERS = (Scope.USERS_READ, Scope.USERS_WRITE)

_OF_TAG: dict[str, tuple[Scope, Scope]] = {
    "rooms": _ROOMS,
    "members": _ROOMS,
    "bans": _ROOMS,
    "guests": _ROOMS,
    "messages": _MESSAGES,
    "reports": _MESSAGES,
    "search": _MESSAGES,
    "uploads": _MESSAGES,
    "users": _USERS,
    "presence": _USERS,
    "keys": (Scope.KEYS_MANAGE, Scope.KEYS_MANAGE),
    "webhooks": (Scope.WEBHOOKS_MANAGE, Scope.WEBHOOKS_MANAGE),
    "settings": (Scope.SETTINGS_MANAGE, Scope.SETTINGS_MANAGE),
}
"""To read, and to write."""

_OF_ROUTE: dict[str, Scope] = {
    "POST /users/{user}/tokens": Scope.TOKENS_MINT,
    "GET /settings/origins": Scope.KEYS_MANAGE,
    "PUT /settings/origins": Scope.KEYS_MANAGE,
}


def scope_of(operation: Operation) -> Scope | None:
    """None for a route that nobody has thought of: no API key opens it."""
    [method] = operation.methods
    own = _OF_ROUTE.get(f"{method} {operation.path}")
    of_tags = [_OF_TAG[tag] for tag in operation.tags or () if tag in _OF_TAG]
    if own is not None or len(of_tags) != 1:
        return own
    read, write = of_tags[0]
    return read if method == "GET" else write


def with_scope(run: Run) -> Run:
    """Wrap a route (a ninja operation's ``run``, however wrapped already): the request carries the scope that it needs
    to the door, and the schema names it."""
    operation: Operation = unwrap(run).__self__
    needed = scope_of(operation)
    if operation.auth_callbacks and needed:
        operation.openapi_extra = {**(operation.openapi_extra or {}), "x-scope": str(needed)}

    @wraps(run)
    async def answer(request: HttpRequest, **parameters: Any) -> HttpResponseBase:
        request.scope_needed = needed  # type: ignore[attr-defined]
        return await run(request, **parameters)

    return answer
