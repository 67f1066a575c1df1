"""User tokens as a customer's server, or somebody who pretends to be one, would sign them."""

from __future__ import annotations

import time
from typing import Any

import jwt

from tests.support.cast import Tenancy


def signed(
    tenant: Tenancy,
    user: str = "u1",
    *,
    secret: str | None = None,
    algorithm: str = "HS256",
    header: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """A token of the tenant's; a claim that is None is left out. ``secret`` instead of the key's own forges one."""
    [key] = tenant.record.signing_keys.values()
    content = {"sub": user, "exp": int(time.time()) + 60, **claims}
    return jwt.encode(
        {name: value for name, value in content.items() if value is not None},
        key.verifier if secret is None else secret,
        algorithm,
        headers={"kid": key.id, **(header or {})},
    )
