"""Public keys: what is registered is a usable one for its algorithm, or refused."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_public_key,
)
from hypothesis import given
from hypothesis import strategies as st

from tenants.public_keys import UnusableKey, from_jwk, from_pem
from tests.support.key_pairs import PRIVATE, jwk, pem

ALGORITHMS = ("EdDSA", "ES256", "RS256")
OTHERS: dict[str, Any] = {
    "RSA of 1024 bits": rsa.generate_private_key(65537, 1024),
    "another curve": ec.generate_private_key(ec.SECP384R1()),
    "a curve of Bitcoin's": ec.generate_private_key(ec.SECP256K1()),
    "Ed448": ed448.Ed448PrivateKey.generate(),
    "a key of no signature": x25519.X25519PrivateKey.generate(),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_kept_as_the_same_pem_however_it_came(algorithm: str) -> None:
    kept = from_pem("\n  ".join(["", pem(PRIVATE[algorithm])]), algorithm)
    assert kept == pem(PRIVATE[algorithm]) == from_jwk(jwk(algorithm), algorithm)
    assert from_jwk({**jwk(algorithm), "kid": "k1", "use": "sig", "alg": algorithm, "x5t": 7}, algorithm) == kept
    token = jwt.encode({"sub": "u1"}, PRIVATE[algorithm], algorithm)
    assert jwt.decode(token, kept, [algorithm])["sub"] == "u1"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_of_another_kind_is_refused(algorithm: str) -> None:
    for other, private in {**PRIVATE, **OTHERS}.items():
        if other != algorithm:
            with pytest.raises(UnusableKey):
                from_pem(pem(private), algorithm)
    for other in ALGORITHMS:
        if other != algorithm:
            with pytest.raises(UnusableKey):
                from_jwk(jwk(other), algorithm)
            with pytest.raises(UnusableKey):
                from_jwk({**jwk(algorithm), "alg": other}, algorithm)
    with pytest.raises(UnusableKey):
        from_jwk({**jwk(algorithm), "use": "enc"}, algorithm)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_secret_key_is_refused_and_not_repeated(algorithm: str) -> None:
    private = PRIVATE[algorithm]
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(UnusableKey) as caught:
        from_pem(secret, algorithm)
    assert secret.splitlines()[1] not in str(caught.value)
    whole = jwk(algorithm, private)
    with pytest.raises(UnusableKey, match="secret") as caught:
        from_jwk(whole, algorithm)
    assert whole["d"] not in str(caught.value)


def test_weak_keys_and_other_curves_are_refused_as_jwk_too() -> None:
    for algorithm, other in (("RS256", "RSA of 1024 bits"), ("ES256", "another curve"), ("EdDSA", "Ed448")):
        with pytest.raises(UnusableKey):
            from_jwk(jwk(algorithm, OTHERS[other].public_key()), algorithm)


@pytest.mark.parametrize(
    "text", ["", "pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "é", "\x00"]
)
def test_what_is_no_pem_is_refused(text: str) -> None:
    for algorithm in ALGORITHMS:
        with pytest.raises(UnusableKey):
            from_pem(text, algorithm)


_JSON = st.sampled_from([None, True, 7, -1, [], {}, "", "A", "AQAB", "AAAA" * 2_000, "sig", "EC"]) | st.text(
    max_size=12
)


@given(
    st.sampled_from(ALGORITHMS),
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "k", "use", "alg"]), _JSON),
)
def test_a_damaged_jwk_is_refused_or_still_a_key(algorithm: str, damage: dict[str, Any]) -> None:
    try:
        kept = from_jwk({**jwk(algorithm), **damage}, algorithm)
    except UnusableKey:
        return
    load_pem_public_key(kept.encode())
