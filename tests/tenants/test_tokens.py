"""User tokens: the key's row decides how they are verified, and nothing in the token does."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kit.errors import ParleyError
from tenants.directory import record_of
from tenants.models import SigningKey, Tenant
from tenants.records import SigningKeyRecord
from tenants.tokens import mint, verify
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer
from tests.support.tokens import base64url, by_hand

HOUR = 3600


def key_of(tenant: Tenancy) -> SigningKeyRecord:
    [key] = tenant.record.signing_keys.values()
    return key


def claims(**more: Any) -> dict[str, Any]:
    """A good token's claims; None takes one away."""
    whole = {"sub": "u1", "exp": int(time.time()) + HOUR, **more}
    return {name: value for name, value in whole.items() if value is not None}


def signed(tenant: Tenancy, *, headers: dict[str, Any] | None = None, secret: str | None = None, **more: Any) -> str:
    key = key_of(tenant)
    return jwt.encode(claims(**more), secret or key.verifier, "HS256", headers=headers or {"kid": key.id})


def refusal(token: str, tenant: Tenancy) -> ParleyError:
    with pytest.raises(ParleyError) as caught:
        verify(token, tenant.record)
    return caught.value


def test_a_minted_token_says_who_and_until_when(acme: Tenancy) -> None:
    token, until = mint(key_of(acme), "u1", name="Ann", ttl=60)
    read = verify(token, acme.record)
    assert (read.user_id, read.name, read.avatar, read.rooms, read.key_id) == ("u1", "Ann", None, None, key_of(acme).id)
    assert abs(read.expires_at - until) < 1


def test_every_claim_is_read(acme: Tenancy) -> None:
    read = verify(signed(acme, name="Ann", avatar="https://example.test/a.png", rooms=["a", "b", "a"]), acme.record)
    assert (read.name, read.avatar, read.rooms) == ("Ann", "https://example.test/a.png", frozenset("ab"))


def test_no_rooms_is_not_the_same_as_any_room(acme: Tenancy) -> None:
    assert verify(signed(acme, rooms=[]), acme.record).rooms == frozenset()
    assert verify(signed(acme), acme.record).rooms is None


def test_user_id_stands_in_for_sub(acme: Tenancy) -> None:
    assert verify(signed(acme, sub=None, user_id="u7"), acme.record).user_id == "u7"
    assert verify(signed(acme, sub="u1", user_id="u7"), acme.record).user_id == "u1"


def test_claims_of_no_concern_are_let_be(acme: Tenancy) -> None:
    assert verify(signed(acme, aud="somebody", iss="customer", jti="1", admin=True), acme.record).user_id == "u1"


def test_the_customers_clock_may_be_a_little_off(acme: Tenancy) -> None:
    now = time.time()
    assert verify(signed(acme, exp=int(now) - 5, nbf=int(now) + 5, iat=int(now) + 5), acme.record).user_id == "u1"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"exp": 1_000_000_000}, "token_expired"),
        ({"exp": 0}, "token_expired"),
        ({"exp": True}, "token_expired"),
        ({"exp": None}, "token_invalid"),
        ({"exp": "tomorrow"}, "token_invalid"),
        ({"exp": [1]}, "token_invalid"),
        ({"exp": float("nan")}, "token_invalid"),
        ({"exp": float("inf")}, "token_invalid"),
        ({"nbf": 4_000_000_000}, "token_invalid"),
        ({"nbf": float("inf")}, "token_invalid"),
        ({"iat": 4_000_000_000}, "token_invalid"),
        ({"sub": None}, "token_invalid"),
        ({"sub": ""}, "token_invalid"),
        ({"sub": 7}, "token_invalid"),
        ({"sub": 0}, "token_invalid"),
        ({"sub": False, "user_id": 1}, "token_invalid"),
        ({"sub": ["u1"]}, "token_invalid"),
        ({"sub": {"id": "u1"}}, "token_invalid"),
        ({"sub": "u\x001"}, "token_invalid"),
        ({"sub": "u\ud8001"}, "token_invalid"),
        ({"sub": "u" * 129}, "token_invalid"),
        ({"name": 7}, "token_invalid"),
        ({"name": "n" * 121}, "token_invalid"),
        ({"name": "a\x00"}, "token_invalid"),
        ({"avatar": "a" * 2_001}, "token_invalid"),
        ({"rooms": "general"}, "token_invalid"),
        ({"rooms": {"general": 1}}, "token_invalid"),
        ({"rooms": [1]}, "token_invalid"),
        ({"rooms": [None]}, "token_invalid"),
    ],
    ids=lambda value: str(value)[:40].encode("ascii", "backslashreplace").decode(),
)
def test_claims_that_cannot_be_are_refused(standing: Tenancy, wrong: dict[str, Any], code: str) -> None:
    assert refusal(signed(standing, **wrong), standing).code.name == code


def test_a_claim_that_is_refused_is_named(acme: Tenancy) -> None:
    assert refusal(signed(acme, rooms="general"), acme).errors == ({"field": "rooms", "code": "invalid"},)
    assert "exp" in refusal(signed(acme, exp=None), acme).detail


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b'"u1"', b"7", b"null", b"{", b"\xff\xfe", b"[" * 3_000, b'{"a":' * 1_000]
)
def test_a_payload_that_is_no_object_is_refused(standing: Tenancy, payload: bytes) -> None:
    key = key_of(standing)
    token = by_hand({"alg": "HS256", "kid": key.id}, payload, key.verifier)
    assert refusal(token, standing).code.name == "token_invalid"


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "garbage", "é.é.é", "\ud800", "\x00", "e30.e30.", "bnVsbA.e30.", "W10.e30.e30"],
)
def test_garbage_is_refused(standing: Tenancy, token: str) -> None:
    assert refusal(token, standing).code.name == "token_invalid"


def test_more_than_8_kib_is_refused_unread(acme: Tenancy) -> None:
    token = signed(acme, more="x" * 6_000)
    assert 8_000 < len(token) <= 8_192
    assert verify(token, acme.record).user_id == "u1"
    assert "8 KiB" in refusal(signed(acme, more="x" * 7_000), acme).detail


# Keys


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "nOnE", "", "HS384", "RS256", "HS256 ", None, 7, ["HS256"]]
)
@pytest.mark.parametrize("is_signed", [True, False])
def test_the_header_does_not_choose_the_algorithm(standing: Tenancy, algorithm: object, is_signed: bool) -> None:
    key = key_of(standing)
    token = by_hand({"alg": algorithm, "kid": key.id}, claims(), key.verifier if is_signed else None)
    assert refusal(token, standing).code.name == "token_invalid"


def test_an_unsigned_token_is_refused(acme: Tenancy) -> None:
    unsigned = jwt.encode(claims(), None, "none", headers={"kid": key_of(acme).id})
    assert refusal(unsigned, acme).code.name == "token_invalid"


def test_another_secret_is_refused(acme: Tenancy, globex: Tenancy) -> None:
    for secret in ("x" * 43, key_of(globex).verifier, key_of(acme).id * 2, acme.api_key):
        assert refusal(signed(acme, secret=secret), acme).code.name == "token_invalid"


@pytest.mark.parametrize("kid", [None, "", "key_nobody", 7, ["a"], {"a": 1}, "\x00", "../../dev/null"])
def test_a_kid_that_names_no_key_is_refused(standing: Tenancy, kid: object) -> None:
    header = {"alg": "HS256"} if kid is None else {"alg": "HS256", "kid": kid}
    assert refusal(by_hand(header, claims(), key_of(standing).verifier), standing).code.name == "token_invalid"


def test_a_kid_of_another_tenant_is_refused(acme: Tenancy, globex: Tenancy) -> None:
    assert refusal(signed(globex), acme).code.name == "token_invalid"
    stolen = signed(acme, headers={"kid": key_of(globex).id})
    assert refusal(stolen, acme).code.name == "token_invalid"
    assert refusal(stolen, globex).code.name == "token_invalid"


def test_a_changed_payload_is_refused(acme: Tenancy) -> None:
    head, _, signature = signed(acme).split(".")
    forged = ".".join((head, base64url(json.dumps(claims(sub="root")).encode()), signature))
    assert "signature" in refusal(forged, acme).detail


def key_pair(algorithm: str) -> tuple[Any, str]:
    private: Any = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[algorithm]()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return private, public


def with_public_key(tenant: Tenancy, algorithm: str, public: str) -> Tenancy:
    """The tenant with that key as its only one."""
    SigningKey.objects.filter(tenant_id=tenant.record.id).delete()
    SigningKey.objects.create(tenant_id=tenant.record.id, algorithm=algorithm, public_key=public)
    return Tenancy(tenant.made, record_of(Tenant.objects.get(pk=tenant.record.id)))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_registered_public_key_verifies(live: LiveServer, acme: Tenancy, algorithm: str) -> None:
    private, public = key_pair(algorithm)
    acme = with_public_key(acme, algorithm, public)
    token = jwt.encode(claims(sub="signed-far-away"), private, algorithm, headers={"kid": key_of(acme).id})
    assert verify(token, acme.record).user_id == "signed-far-away"
    answer = Client(live, acme.host, {"Authorization": f"Bearer {token}"}).get("/api/v1/rooms")
    assert answer.status == 200
    other, _ = key_pair(algorithm)
    forged = jwt.encode(claims(), other, algorithm, headers={"kid": key_of(acme).id})
    assert refusal(forged, acme).code.name == "token_invalid"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("header", ["HS256", "RS256", "ES256", "EdDSA"])
def test_a_public_key_is_no_secret(acme: Tenancy, algorithm: str, header: str) -> None:
    """The algorithm confusion of RFC 8725 section 2.1: everybody has the public key, so nobody may sign with it."""
    _, public = key_pair(algorithm)
    acme = with_public_key(acme, algorithm, public)
    for secret in (public, public.strip()):
        forged = by_hand({"alg": header, "kid": key_of(acme).id}, claims(), secret)
        assert refusal(forged, acme).code.name == "token_invalid"


@pytest.mark.parametrize("public", ["no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_key_row_that_holds_no_key_refuses_and_does_not_fail(acme: Tenancy, algorithm: str, public: str) -> None:
    private, _ = key_pair(algorithm)
    acme = with_public_key(acme, algorithm, public)
    token = jwt.encode(claims(), private, algorithm, headers={"kid": key_of(acme).id})
    assert refusal(token, acme).code.name == "token_invalid"


def test_a_key_of_another_kind_than_its_row_says_refuses_and_does_not_fail(acme: Tenancy) -> None:
    private, public = key_pair("EdDSA")
    for algorithm in ("RS256", "ES256"):
        acme = with_public_key(acme, algorithm, public)
        token = jwt.encode(claims(), private, "EdDSA", headers={"kid": key_of(acme).id})
        _, payload, signature = token.split(".")
        renamed = ".".join(
            (base64url(json.dumps({"alg": algorithm, "kid": key_of(acme).id}).encode()), payload, signature)
        )
        for one in (token, renamed):
            assert refusal(one, acme).code.name == "token_invalid"


def test_only_hs256_keys_can_mint(acme: Tenancy) -> None:
    _, public = key_pair("EdDSA")
    with pytest.raises(ValueError, match="HS256"):
        mint(key_of(with_public_key(acme, "EdDSA", public)), "u1")
