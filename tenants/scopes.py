"""Scopes: what an API key may be used for."""

from __future__ import annotations

import enum
from collections.abc import Collection

from kit.errors import SCOPE_MISSING, ParleyError


class Scope(enum.StrEnum):
    """``write`` does not include ``read``. ``keys:manage`` is worth as much as ``tokens:mint``: who makes signing keys
    can sign for anybody."""

    ROOMS_READ = "rooms:read"
    ROOMS_WRITE = "rooms:write"
    MESSAGES_READ = "messages:read"
    MESSAGES_WRITE = "messages:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    TOKENS_MINT = "tokens:mint"
    KEYS_MANAGE = "keys:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"
    SETTINGS_MANAGE = "settings:manage"
    EVERYTHING = "*"


def check_scopes(held: Collection[str], needed: Collection[str]) -> None:
    """Raises ParleyError ``scope_missing`` unless whoever holds ``held`` may do everything that ``needed`` allows."""
    missing = set() if Scope.EVERYTHING in held else set(needed) - set(held)
    if missing:
        raise ParleyError(SCOPE_MISSING, f"The API key lacks {', '.join(sorted(missing))}.")
