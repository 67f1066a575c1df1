"""Key sets: looked at when they are needed, seldom, and believed for a while."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jwt
import pytest
from asgiref.sync import sync_to_async

from kit.errors import ParleyError
from tenants import key_sets
from tenants.directory import record_of
from tenants.key_sets import KeySets, NoKeySet, fetch_key_set, read_key_set
from tenants.models import SigningKey, Tenant
from tenants.records import TenantRecord
from tenants.tokens import check_user_token, verify
from tests.support.cast import Tenancy
from tests.support.key_pairs import PRIVATE, jwk, pem
from tests.tenants.test_tokens import claims

URL = "https://acme.test/keys.json"


class Publisher:
    """A customer's server: what it publishes now, and how often it was asked."""

    def __init__(self, **keys: str) -> None:
        self.keys: dict[str, str] | None = keys
        self.asked = 0

    async def fetch(self, url: str, algorithm: str) -> dict[str, str]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.keys is None:
            raise NoKeySet("no connection")
        return dict(self.keys)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(key_sets, "time", clock)
    return clock


async def test_a_key_is_asked_for_once_and_again_after_five_minutes(clock: Clock) -> None:
    publisher = Publisher(k1="one")
    sets = KeySets(publisher.fetch)
    for _ in range(3):
        assert await sets.find(URL, "ES256", "k1") == "one"
    clock.now += 299
    assert (await sets.find(URL, "ES256", "k1"), publisher.asked) == ("one", 1)
    publisher.keys = {"k2": "two"}
    clock.now += 2
    assert (await sets.find(URL, "ES256", "k1"), publisher.asked) == (None, 2)
    assert await sets.find(URL, "ES256", "k2") == "two"


async def test_an_unknown_kid_makes_it_look_at_most_once_a_minute(clock: Clock) -> None:
    publisher = Publisher(k1="one")
    sets = KeySets(publisher.fetch)
    assert await sets.find(URL, "ES256", "k1") == "one"
    publisher.keys = {"k1": "one", "k2": "two"}
    for number in range(20):
        assert await sets.find(URL, "ES256", f"made-up-{number}") is None
    assert (await sets.find(URL, "ES256", "k2"), publisher.asked) == (None, 1)
    clock.now += 61
    assert (await sets.find(URL, "ES256", "k2"), publisher.asked) == ("two", 2)


async def test_many_who_come_at_once_look_once() -> None:
    publisher = Publisher(k1="one")
    sets = KeySets(publisher.fetch)
    found = await asyncio.gather(*(sets.find(URL, "ES256", "k1") for _ in range(50)))
    assert (set(found), publisher.asked) == ({"one"}, 1)


async def test_who_goes_away_does_not_stop_the_look(clock: Clock) -> None:
    publisher = Publisher(k1="one")
    sets = KeySets(publisher.fetch)
    impatient, patient = (asyncio.create_task(sets.find(URL, "ES256", "k1")) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient, publisher.asked) == ("one", 1)


async def test_a_publisher_that_is_away_is_believed_for_an_hour_and_asked_seldom(clock: Clock) -> None:
    publisher = Publisher(k1="one")
    sets = KeySets(publisher.fetch)
    await sets.find(URL, "ES256", "k1")
    publisher.keys = None
    clock.now += 301
    for _ in range(5):
        assert await sets.find(URL, "ES256", "k1") == "one"
    assert publisher.asked == 2
    clock.now += 3_300
    assert await sets.find(URL, "ES256", "k1") is None
    publisher.keys = {"k1": "one"}
    clock.now += 61
    assert await sets.find(URL, "ES256", "k1") == "one"


async def test_a_publisher_that_never_answered_is_asked_seldom_too(clock: Clock) -> None:
    publisher = Publisher()
    publisher.keys = None
    sets = KeySets(publisher.fetch)
    for _ in range(5):
        assert await sets.find(URL, "ES256", "k1") is None
    assert publisher.asked == 1


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sets, "_MOST_SETS", 10)
    sets = KeySets(Publisher(k1="one").fetch)
    for number in range(30):
        await sets.find(f"{URL}?{number}", "ES256", "k1")
    assert len(sets._seen) == 10


def test_of_a_set_the_usable_keys_are_read() -> None:
    published = [
        {**jwk("ES256"), "kid": "good"},
        {**jwk("ES256")},
        {**jwk("ES256"), "kid": 7},
        {**jwk("RS256"), "kid": "another algorithm"},
        {**jwk("ES256", PRIVATE["ES256"]), "kid": "a secret"},
        {**jwk("ES256"), "kid": "to encrypt with", "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        "nonsense",
        None,
    ]
    assert read_key_set(json.dumps({"keys": published}).encode(), "ES256") == {"good": pem(PRIVATE["ES256"])}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b"\xff", b'{"keys": null}', b"[" * 9_000]
)
def test_what_is_no_set_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NoKeySet):
        read_key_set(body, "ES256")


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.test/keys",
        "https://127.0.0.2/keys",
        "https://[::1]/keys",
        "https://169.254.169.254/latest",
        "https://localhost:8443/keys",
        "file:///etc/passwd",
        "https://user:word@acme.test/keys",
        "https://acme.test:22/keys",
        "nonsense",
    ],
)
async def test_a_url_that_is_aimed_at_ourselves_is_not_called(url: str) -> None:
    with pytest.raises(NoKeySet, match=r"not public|only https|no public host|port|credentials|names no host"):
        await fetch_key_set(url, "ES256")


# Tokens


def with_key_set(tenant: Tenancy, monkeypatch: pytest.MonkeyPatch, **columns: Any) -> TenantRecord:
    """The tenant with a key set beside its own key; it publishes ``k1``."""
    SigningKey.objects.create(tenant_id=tenant.record.id, algorithm="ES256", key_set_url=URL, **columns)
    sets = KeySets(Publisher(k1=pem(PRIVATE["ES256"])).fetch)
    monkeypatch.setattr(key_sets, "_key_sets", lambda: sets)
    return record_of(Tenant.objects.get(pk=tenant.record.id))


def signed(kid: str = "k1", algorithm: str = "ES256", **more: Any) -> str:
    return jwt.encode(claims(**more), PRIVATE[algorithm], algorithm, headers={"kid": kid})


async def refusal(token: str, tenant: TenantRecord) -> str:
    with pytest.raises(ParleyError) as caught:
        await check_user_token(token, tenant)
    return caught.value.code.name


@pytest.fixture
def published(acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> TenantRecord:
    return with_key_set(acme, monkeypatch)


async def test_a_published_key_verifies_and_counts_as_its_sets_row(published: TenantRecord) -> None:
    token = await check_user_token(signed(sub="far-away"), published)
    [row] = [key for key in published.signing_keys.values() if key.key_set_url]
    assert (token.user_id, token.key_id) == ("far-away", row.id)


async def test_the_own_key_goes_on_beside_a_set(published: TenantRecord, acme: Tenancy) -> None:
    assert (await check_user_token(acme.token("u1"), published)).user_id == "u1"


async def test_the_sets_row_fixes_the_algorithm(published: TenantRecord) -> None:
    assert await refusal(signed(algorithm="EdDSA"), published) == "token_invalid"
    assert await refusal(signed(algorithm="RS256"), published) == "token_invalid"
    confused = jwt.api_jws.PyJWS()
    hmac = confused.encode(json.dumps(claims()).encode(), b"x" * 32, "HS256", headers={"kid": "k1"})
    assert await refusal(hmac, published) == "token_invalid"


async def test_a_sets_row_is_itself_no_key(published: TenantRecord) -> None:
    [row] = [key for key in published.signing_keys.values() if key.key_set_url]
    assert await refusal(signed(kid=row.id), published) == "token_invalid"
    with pytest.raises(ParleyError):
        verify(signed(kid=row.id), published)


async def test_a_kid_that_the_set_has_not_is_refused(published: TenantRecord, globex: Tenancy) -> None:
    assert await refusal(signed(kid="k2"), published) == "token_invalid"
    assert await refusal(signed(), globex.record) == "token_invalid", "another tenant's set is not asked"


async def test_a_sets_tokens_are_of_its_issuer_and_for_its_audience(
    acme: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await sync_to_async(with_key_set)(acme, monkeypatch, issuer="https://acme.test/", audience="chat")
    good = {"iss": "https://acme.test/", "aud": "chat"}
    assert (await check_user_token(signed(**good), tenant)).user_id == "u1"
    assert (await check_user_token(signed(**{**good, "aud": ["mail", "chat"]}), tenant)).user_id == "u1"
    for wrong in ({"iss": "https://evil.test/"}, {"iss": None}, {"aud": "mail"}, {"aud": None}, {"aud": ["mail"]}):
        assert await refusal(signed(**{**good, **wrong}), tenant) == "token_invalid"
    assert await check_user_token(acme.token("u1"), tenant), "the own key's need neither"
