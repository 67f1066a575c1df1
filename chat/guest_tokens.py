"""The token in a guest link: the link's id, signed for one tenant.

Signed as links to files and invitations are, not drawn and hashed: so those who may make links can read one again as
long as it is in force, and no table has anything to steal. It is a secret: it is never logged.
"""

from __future__ import annotations

from django.core.signing import BadSignature, Signer


def sign(link_id: str, schema: str) -> str:
    """256 bits of HMAC-SHA256 that nobody else can make."""
    return _signer(schema).sign(link_id)


def read(token: str, schema: str) -> str | None:
    """The link's id; None for what this tenant never signed."""
    try:
        return _signer(schema).unsign(token)
    except BadSignature:
        return None


def _signer(schema: str) -> Signer:
    """The salt makes the key: a tenant's signatures are worth nothing to another."""
    return Signer(salt=f"chat.guest_tokens:{schema}", sep=".")
