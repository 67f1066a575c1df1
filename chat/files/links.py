"""Links to files: signed, for one person, for an hour, on one tenant's host.

The link names its holder, so that each use of it can ask whether that person may still see the file. It is a secret,
as a token is: it is never logged.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal, cast

from django.core.signing import BadSignature, Signer

from kit.errors import LINK_EXPIRED, ParleyError

LIFE = 3_600
"""Seconds."""

Variant = Literal["file", "thumbnail"]


@dataclass(frozen=True, slots=True)
class Link:
    """``user_id`` is None for the tenant's own server. ``expires_at`` in Unix time."""

    upload_id: str
    variant: Variant
    user_id: str | None
    expires_at: int

    @property
    def made_at(self) -> int:
        return self.expires_at - LIFE


def new_link(upload_id: str, variant: Variant, user_id: str | None) -> Link:
    return Link(upload_id, variant, user_id, int(time.time()) + LIFE)


def sign(link: Link, schema: str) -> str:
    return _signer(schema).sign_object([link.upload_id, link.variant, link.user_id, link.expires_at])


def read(token: str, schema: str) -> Link:
    """Raises ParleyError ``link_expired``, also for what this tenant never signed."""
    try:
        upload_id, variant, user_id, expires_at = _signer(schema).unsign_object(token)
    except BadSignature:
        raise ParleyError(LINK_EXPIRED) from None
    link = Link(str(upload_id), cast("Variant", variant), user_id, int(expires_at))
    if link.expires_at <= time.time():
        raise ParleyError(LINK_EXPIRED)
    return link


def _signer(schema: str) -> Signer:
    """The salt makes the key: a tenant's signatures are worth nothing to another."""
    return Signer(salt=f"chat.files.links:{schema}")
