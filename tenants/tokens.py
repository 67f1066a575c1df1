"""User tokens: a JWT (RFC 7519) that the customer's server signs and a browser or app presents."""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt

from kit.errors import TOKEN_EXPIRED, TOKEN_INVALID, FieldError, ParleyError
from kit.text import storable
from tenants.records import SigningKeyRecord, TenantRecord

_LEEWAY = 10  # seconds that the customer's clock may be off
_MOST_BYTES = 8_192


@dataclass(frozen=True, slots=True)
class UserToken:
    """What a verified token says. ``rooms``, when given, are the only rooms that its holder may join."""

    user_id: str
    expires_at: float
    name: str | None = None
    avatar: str | None = None
    rooms: frozenset[str] | None = None
    key_id: str = ""


def verify(token: str, tenant: TenantRecord) -> UserToken:
    """Check signature, expiry and claims with the tenant's own key; the key's row fixes the algorithm.

    Raises ParleyError ``token_expired`` or ``token_invalid``.
    """
    if len(token) > _MOST_BYTES:
        raise _invalid("longer than 8 KiB")
    try:
        key = tenant.signing_keys[jwt.get_unverified_header(token)["kid"]]
        claims = jwt.decode(
            token,
            key.verifier,
            algorithms=[key.algorithm],
            leeway=_LEEWAY,
            options={"require": ["exp"], "verify_aud": False, "verify_sub": False},
        )
    except (KeyError, TypeError):
        raise _invalid("its kid names no signing key of this tenant") from None
    except jwt.ExpiredSignatureError:
        raise ParleyError(TOKEN_EXPIRED, "The user token has expired.") from None
    except jwt.InvalidTokenError as wrong:
        raise _invalid(_reason(wrong)) from None
    except jwt.PyJWTError:
        raise _invalid("its signing key cannot be used") from None
    except (ValueError, RecursionError):
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
        name=str(name) if name else None,
        avatar=str(avatar) if avatar else None,
        rooms=None if rooms is None else frozenset(rooms),
        key_id=key.id,
    )


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
    """A token for ``user_id`` that lives ``ttl`` seconds, and when it ends (Unix time). HS256 keys only."""
    if key.algorithm != "HS256":
        raise ValueError("only HS256 keys can sign here; the others' private halves are the customer's")
    now = time.time()
    claims: dict[str, object] = {"sub": user_id, "iat": int(now), "exp": int(now + ttl)}
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
    return "it is not a JWT"


def _invalid(why: str, field: str | None = None) -> ParleyError:
    errors: list[FieldError] = [{"field": field, "code": "invalid"}] if field else []
    return ParleyError(TOKEN_INVALID, f"The user token is not valid: {why}.", errors=errors)
