"""``manage.py api_key`` and ``signing_key``, and a tenant's origins: the same as over the API, for operators."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from tenants.keys import check_api_key
from tenants.models import SigningKey, Tenant
from tests.support.cast import Tenancy
from tests.support.manage import manage_here
from tests.tenants.test_public_keys import PRIVATE, pem


def told(*arguments: str) -> list[str]:
    answer = manage_here(*arguments)
    assert (answer.code, answer.err) == (0, "")
    return answer.out.splitlines()


def refused(*arguments: str) -> str:
    answer = manage_here(*arguments)
    assert (answer.code, answer.out) == (1, "")
    return answer.errors[-1].removeprefix("CommandError: ")


async def test_an_api_key_is_made_rotated_and_revoked(acme: Tenancy) -> None:
    run = sync_to_async(told)
    arguments = ["--name", "worker", "--scope", "rooms:read", "--scope", "users:read", "--ttl", "60"]
    secret = (await run("api_key", "create", acme.slug, *arguments))[0]
    assert (await check_api_key(acme.record, secret)).scopes == ["rooms:read", "users:read"]
    made = json.loads("\n".join(await run("api_key", "rotate", acme.slug, secret[:15], "--overlap", "0", "--json")))
    assert (await check_api_key(acme.record, made["secret"])).name == "worker"
    assert await run("api_key", "revoke", acme.slug, made["prefix"]) == [f"{made['prefix']} is revoked."]
    [line] = await run("api_key", "list", acme.slug)
    assert line.startswith(acme.api_key[:15])
    assert acme.api_key not in line


def test_a_signing_key_is_made_registered_and_revoked(acme: Tenancy, tmp_path: Path) -> None:
    [old] = acme.record.signing_keys
    assert told("signing_key", "revoke", acme.slug, old) == [f"{old} is revoked."]
    made, secret = told("signing_key", "create", acme.slug)[0].split()
    file = tmp_path / "key.pem"
    file.write_text(pem(PRIVATE["ES256"]))
    [registered] = told("signing_key", "register", acme.slug, "ES256", str(file))
    assert [line.split()[:2] for line in told("signing_key", "list", acme.slug)] == [
        [registered, "ES256"],
        [made, "HS256"],
    ]
    assert len(secret) == 43
    assert SigningKey.objects.get(pk=registered).public_key == pem(PRIVATE["ES256"])
    assert refused("signing_key", "create", acme.slug).startswith("too_many_keys: ")
    assert refused("signing_key", "register", acme.slug, "RS256", str(file)) == "The key is not a key for RS256."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["api_key", "list", "nobody"], "tenant_not_found"),
        (["api_key", "revoke", "{acme}", "sk_nobody"], "key_not_found"),
        (["signing_key", "revoke", "{acme}", "key_nobody"], "key_not_found"),
        (["tenant", "origins", "{acme}", "https://*.example.com"], "invalid"),
    ],
)
def test_what_is_not_there_or_not_valid_is_told(acme: Tenancy, arguments: list[str], code: str) -> None:
    named = [argument.format(acme=acme.slug) for argument in arguments]
    assert refused(*named).startswith(f"{code}: ")


def test_origins_are_shown_set_and_cleared(acme: Tenancy) -> None:
    assert told("tenant", "origins", acme.slug) == []
    assert told("tenant", "origins", acme.slug, "https://A.test:443", "http://b.test") == [
        "https://a.test",
        "http://b.test",
    ]
    assert told("tenant", "origins", acme.slug) == ["https://a.test", "http://b.test"]
    assert told("tenant", "origins", acme.slug, "--none") == []
    assert Tenant.objects.get(pk=acme.record.id).origins == []
