"""User tokens: a JWT (RFC 7519) that the customer's server signs and a browser or app presents."""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt

from kit.errors import TOKEN_EXPIRED, TOKEN_INVALID, FieldError, ParleyError
from kit.text import storable
from tenants.key_sets import published_key
from tenants.records import SigningKeyRecord, TenantRecord

_LEEWAY = 10  # seconds that the customer's clock may be off
_MOST_BYTES = 8_192


@dataclass(frozen=True, slots=True)
class UserToken:
    """What a verified token says. ``rooms``, when given, are the only rooms that its holder may join. Times are Unix
    times; ``issued_at`` is 0 when the token does not say."""

    user_id: str
    expires_at: float
    issued_at: float = 0.0
    name: str | None = None
    avatar: str | None = None
    rooms: frozenset[str] | None = None
    key_id: str = ""


async def check_user_token(token: str, tenant: TenantRecord) -> UserToken:
    """Check signature, expiry and claims with the tenant's own key; the key's row fixes the algorithm.

    Raises ParleyError ``token_expired`` or ``token_invalid``.
    """
    kid = _kid(token)
    return _verify(token, _registered_key(tenant, kid) or await published_key(tenant, kid))


def verify(token: str, tenant: TenantRecord) -> UserToken:
    """The same without a look at key sets, which are elsewhere."""
    return _verify(token, _registered_key(tenant, _kid(token)))


def _kid(token: str) -> str:
    if len(token) > _MOST_BYTES:
        raise _invalid("longer than 8 KiB")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise _invalid("it is not a JWT") from None
    if not isinstance(kid, str):
        raise _invalid("it has no kid")
    return kid


def _registered_key(tenant: TenantRecord, kid: str) -> SigningKeyRecord | None:
    key = tenant.signing_keys.get(kid)
    return key if key and key.verifier else None


def _verify(token: str, key: SigningKeyRecord | None) -> UserToken:
    if key is None:
        raise _invalid("its kid names no signing key of this tenant")
    try:
        claims = jwt.decode(
            token,
            key.verifier,
            algorithms=[key.algorithm],
            leeway=_LEEWAY,
            audience=key.audience or None,
            issuer=key.issuer or None,
            options={"require": ["exp"], "verify_aud": bool(key.audience), "verify_sub": False},
        )
    except jwt.ExpiredSignatureError:
        raise ParleyError(TOKEN_EXPIRED, "The user token has expired.") from None
    except jwt.InvalidTokenError as wrong:
        raise _invalid(_reason(wrong)) from None
    except jwt.PyJWTError:
        raise _invalid("its signing key cannot be used") from None
    except (TypeError, ValueError, RecursionError):
        raise _invalid("it is not a JWT") from None
    return _read_claims(claims, key)


def _read_claims(claims: dict[str, object], key: SigningKeyRecord) -> UserToken:
    user_id = claims.get("sub") or claims.get("user_id")
    name, avatar, rooms = claims.get("name"), claims.get("avatar"), claims.get("rooms")
    if not isinstance(user_id, str) or not user_id:
        raise _invalid("sub must be the user's id, a string", field="sub")
    for field, value, most in (("sub", user_id, 128), ("name", name, 120), ("avatar", avatar, 2_000)):
        _check_text(field, value, most)
    if rooms is not None and not (isinstance(rooms, list) and all(isinstance(room, str) for room in rooms)):
        raise _invalid("rooms must be a list of room ids", field="rooms")
    return UserToken(
        user_id=user_id,
        expires_at=float(str(claims["exp"])),
        issued_at=_issued_at(claims.get("iat")),
        name=str(name) if name else None,
        avatar=str(avatar) if avatar else None,
        rooms=None if rooms is None else frozenset(rooms),
        key_id=key.id,
    )


def _issued_at(claim: object) -> float:
    return float(max(0, claim)) if isinstance(claim, (int, float)) and not isinstance(claim, bool) else 0.0


def _check_text(field: str, value: object, most: int) -> None:
    if value is None:
        return
    if not isinstance(value, str) or len(value) > most:
        raise _invalid(f"{field} must be text of at most {most} characters", field=field)
    try:
        storable(value)
    except ValueError as wrong:
        raise _invalid(f"{field} {wrong}", field=field) from None


def mint(key: SigningKeyRecord, user_id: str, *, name: str | None = None, ttl: float = 3600.0) -> tuple[str, float]:
    """A token for ``user_id`` that lives ``ttl`` seconds, and when it ends (Unix time). HS256 keys only.

    Its ``iat`` has parts of a second: one that is minted just after a revocation is to be told from those before.
    """
    if key.algorithm != "HS256":
        raise ValueError("only HS256 keys can sign here; the others' private halves are the customer's")
    now = time.time()
    claims: dict[str, object] = {"sub": user_id, "iat": round(now, 6), "exp": int(now + ttl)}
    if name:
        claims["name"] = name
    return jwt.encode(claims, key.verifier, "HS256", headers={"kid": key.id}), now + ttl


def _reason(wrong: jwt.InvalidTokenError) -> str:
    if isinstance(wrong, jwt.MissingRequiredClaimError):
        return f"it lacks {wrong.claim}"
    if isinstance(wrong, jwt.InvalidAlgorithmError):
        return "its algorithm is not that of its key"
    if isinstance(wrong, jwt.InvalidSignatureError):
        return "its signature is wrong"
    if isinstance(wrong, jwt.ImmatureSignatureError):
        return "it is not valid yet"
    if isinstance(wrong, (jwt.InvalidIssuerError, jwt.InvalidAudienceError)):
        return "it is not of the issuer, or not for the audience, that its key is registered for"
    return "it is not a JWT"


def _invalid(why: str, field: str | None = None) -> ParleyError:
    errors: list[FieldError] = [{"field": field, "code": "invalid"}] if field else []
    return ParleyError(TOKEN_INVALID, f"The user token is not valid: {why}.", errors=errors)
