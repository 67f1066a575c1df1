"""Public keys that customers register or publish, read once and kept as PEM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

_LEAST_RSA_BITS = 2048  # RFC 7518 section 3.3
_MOST_RSA_BITS = 8192  # more would only cost us time
_PRIVATE_MEMBERS = {"d", "k", "p", "q"}

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey


class UnusableKey(ValueError):
    """Says why, without a word of the key itself."""


def from_pem(pem: str, algorithm: str) -> str:
    """The public key in ``pem``, as PEM of our own making. Raises UnusableKey unless it is one for ``algorithm``."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableKey("not a public key in PEM") from None
    return _checked(key, algorithm)


def from_jwk(jwk: Mapping[str, object], algorithm: str) -> str:
    """The same for a JSON Web Key (RFC 7517)."""
    kind, members, reader = _JWK[algorithm]
    if _PRIVATE_MEMBERS & jwk.keys():
        raise UnusableKey("a secret key: keep it to yourself")
    if jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig" or jwk.get("kty") != kind:
        raise UnusableKey(f"not a key for {algorithm}")
    if not all(isinstance(jwk.get(member), str) for member in members):
        raise UnusableKey("not a JSON Web Key")
    try:
        key = reader.from_jwk({"kty": kind, **{member: jwk[member] for member in members}})
    except (jwt.PyJWTError, ValueError):
        raise UnusableKey("not a JSON Web Key") from None
    return _checked(key, algorithm)


_JWK: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "EdDSA": ("OKP", ("crv", "x"), OKPAlgorithm),
    "ES256": ("EC", ("crv", "x", "y"), ECAlgorithm),
    "RS256": ("RSA", ("n", "e"), RSAAlgorithm),
}


def _checked(key: object, algorithm: str) -> str:
    match algorithm, key:
        case "EdDSA", Ed25519PublicKey():
            return _pem(key)
        case "ES256", EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return _pem(key)
        case "RS256", RSAPublicKey():
            if not _LEAST_RSA_BITS <= key.key_size <= _MOST_RSA_BITS:
                raise UnusableKey(f"not of {_LEAST_RSA_BITS} to {_MOST_RSA_BITS} bits")
            return _pem(key)
    raise UnusableKey(f"not a key for {algorithm}")


def _pem(key: PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
