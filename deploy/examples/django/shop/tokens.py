from __future__ import annotations

import time

import jwt
from django.conf import settings

_SECONDS = 600


def token_for(user_id: str, name: str) -> str:
    """What lets this user into Parley; the page asks for the next one before it expires."""
    now = time.time()
    claims = {"sub": user_id, "name": name, "iat": now, "exp": int(now) + _SECONDS}
    return jwt.encode(claims, settings.PARLEY_SECRET, "HS256", headers={"kid": settings.PARLEY_KEY_ID})
