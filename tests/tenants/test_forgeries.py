"""Whatever a forger writes into a token's header: the key's row says how it is verified."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import ParleyError
from tenants.records import Limits, SigningKeyRecord, TenantRecord, TenantStatus
from tenants.tokens import verify
from tests.support.key_pairs import PRIVATE, jwk, pem
from tests.support.tokens import by_hand

SECRET = "a secret that only the tenant and we know"
KEYS = {"HS256": SECRET, **{algorithm: pem(private) for algorithm, private in PRIVATE.items()}}
TENANT = TenantRecord(
    id=1,
    slug="acme",
    name="Acme",
    schema_name="t_acme",
    status=TenantStatus.ACTIVE,
    limits=Limits(),
    signing_keys={algorithm: SigningKeyRecord(algorithm, algorithm, verifier) for algorithm, verifier in KEYS.items()},
)
FORGER = ec.generate_private_key(ec.SECP256R1())
ALGORITHMS = [*KEYS, "none", "None", "", "HS384", "HS512", "PS256", "ES384", "ES256K", None, 7]
KNOWN_TO_ALL = [b"", *(pem(private).encode() for private in PRIVATE.values()), b"HS256", b"acme", b"null"]


def claims() -> dict[str, Any]:
    return {"sub": "root", "exp": int(time.time()) + 60}


def refused(token: str) -> bool:
    with pytest.raises(ParleyError) as caught:
        verify(token, TENANT)
    return caught.value.code.name == "token_invalid"


@given(
    algorithm=st.sampled_from(ALGORITHMS),
    kid=st.sampled_from([*KEYS, "nobody", "", None]),
    more=st.dictionaries(
        st.sampled_from(["jku", "x5u", "jwk", "x5c", "crit", "b64", "typ", "zip", "cty"]),
        st.sampled_from([jwk("ES256", FORGER.public_key()), "https://evil.test/keys", ["exp"], False, "JWE", None]),
    ),
    secret=st.sampled_from([None, *KNOWN_TO_ALL]) | st.binary(max_size=64),
)
def test_no_header_makes_a_forgery_good(
    algorithm: object, kid: object, more: dict[str, Any], secret: bytes | None
) -> None:
    assert refused(by_hand({"alg": algorithm, "kid": kid, **more}, claims(), secret))


@pytest.mark.parametrize("kid", KEYS)
@pytest.mark.parametrize("algorithm", KEYS)
def test_a_good_signature_of_another_row_is_none(kid: str, algorithm: str) -> None:
    """Each of the tenant's keys signs for its own row and for no other."""
    key = SECRET if algorithm == "HS256" else PRIVATE[algorithm]
    token = jwt.encode(claims(), key, algorithm, headers={"kid": kid})
    if kid == algorithm:
        assert verify(token, TENANT).user_id == "root"
    else:
        assert refused(token)


def test_a_key_that_the_token_brings_along_is_not_used() -> None:
    for more in ({"jwk": jwk("ES256", FORGER.public_key())}, {"jku": "https://evil.test/keys"}):
        assert refused(jwt.encode(claims(), FORGER, "ES256", headers={"kid": "ES256", **more}))
