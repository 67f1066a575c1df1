"""User tokens as a customer's server, or somebody who pretends to be one, would sign them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
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


def by_hand(header: object, payload: object, secret: str | bytes | None = None) -> str:
    """A compact JWS whose every part is ours, HMAC-signed when there is a secret."""
    parts = [base64url(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, payload)]
    signature = b""
    if secret is not None:
        key = secret.encode() if isinstance(secret, str) else secret
        signature = hmac.digest(key, ".".join(parts).encode(), hashlib.sha256)
    return ".".join((*parts, base64url(signature)))


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
