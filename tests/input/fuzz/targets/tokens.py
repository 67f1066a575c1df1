"""User tokens: whoever has no key of the tenant's makes none that is taken."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import jwt

from kit.errors import TOKEN_EXPIRED, TOKEN_INVALID, ParleyError
from tenants.models import Tenant
from tenants.records import Limits, SigningKeyRecord, TenantRecord, TenantStatus
from tenants.tokens import verify
from tests.support.tokens import base64url, by_hand

_SECRET = "a secret that nobody else has, of thirty-two octets and more"
_LIMITS = Limits(**{limit.name: Tenant._meta.get_field(limit.name).default for limit in fields(Limits)})
_TENANT = TenantRecord(
    id=1,
    slug="acme",
    name="Acme",
    schema_name="t_acme",
    status=TenantStatus("active"),
    limits=_LIMITS,
    signing_keys={"k": SigningKeyRecord("k", "HS256", _SECRET)},
)
_OPEN = replace(_TENANT, signing_keys={"k": SigningKeyRecord("k", "HS256", "x" * 32)})
"""Signed with a key that everybody here knows, so that what stands behind the signature is read as well."""
_CLAIMS = {"sub": "ann", "exp": 9_999_999_999}
SEEDS = [
    jwt.encode(_CLAIMS, _SECRET, "HS256", headers={"kid": "k"}).encode(),
    by_hand({"alg": "none", "kid": "k"}, _CLAIMS).encode(),
    by_hand({"alg": "HS256", "kid": ["k"]}, _CLAIMS, "x").encode(),
    by_hand({"alg": "HS256", "kid": "k", "crit": ["b64"], "b64": False}, _CLAIMS, "x").encode(),
    b"..", b"a.b.c", b"\xff.\xff.\xff", b"e30.e30.e30", b"x" * 9_000,
    *(json.dumps(claims).encode() for claims in (
        _CLAIMS,
        {**_CLAIMS, "name": "Ann\x00", "rooms": ["a", 7], "iat": 1e400, "avatar": "x" * 3_000},
        {"exp": "soon", "user_id": "ann"},
        {"exp": 10**400, "sub": {"a": 1}, "nbf": True, "iat": -5},
        [],
    )),
]  # fmt: skip


def try_one(data: bytes) -> None:
    _as_a_token(data.decode("latin-1"))
    signed = by_hand({"alg": "HS256", "kid": "k", "typ": "JWT"}, data, "x" * 32)
    _as_claims(signed)
    header, _, rest = data.partition(b"\n")
    _as_a_token(f"{base64url(header)}.{base64url(rest)}.{base64url(b'x' * 32)}")


def _as_a_token(token: str) -> None:
    try:
        verify(token, _TENANT)
    except ParleyError as refused:
        assert refused.code in (TOKEN_INVALID, TOKEN_EXPIRED)
    else:
        assert token.rpartition(".")[0] == SEEDS[0].decode().rpartition(".")[0], "a forgery was taken"


def _as_claims(token: str) -> None:
    try:
        found = verify(token, _OPEN)
    except ParleyError as refused:
        assert refused.code in (TOKEN_INVALID, TOKEN_EXPIRED)
    else:
        assert 0 < len(found.user_id) <= 128
        assert len(found.name or "") <= 120
        found.user_id.encode()
