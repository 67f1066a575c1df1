"""``manage.py token``: a user token that opens the door, or a line that says why there is none."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from tenants.models import SigningKey
from tests.support.cast import Tenancy
from tests.support.manage import Told, manage_here
from tests.support.server import LiveServer
from tests.support.sockets import Person, open_socket


def refused(told: Told) -> str:
    assert told.code == 1
    assert told.out == ""
    [line] = told.errors
    return line


async def test_the_token_opens_a_socket(live: LiveServer, acme: Tenancy) -> None:
    told = await sync_to_async(manage_here)("token", acme.slug, "u1", "--name", "Ann", "--ttl", "60")
    assert told.code == 0
    [token] = told.out.splitlines()
    async with open_socket(live, acme.host, subprotocols=["parley.v1", f"bearer.{token}"]) as connection:
        hello = await Person(connection).next()
    assert hello["user"] == {"id": "u1", "name": "Ann"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nobody", "u1"], "tenant_not_found"),
        (["{acme}", ""], "token_invalid"),
        (["{acme}", "u" * 129], "token_invalid"),
        (["{acme}", "u1", "--name", "n" * 121], "token_invalid"),
        (["{acme}", "u1", "--ttl", "-60"], "token_expired"),
    ],
)
def test_a_token_that_would_open_nothing_is_not_printed(acme: Tenancy, arguments: list[str], code: str) -> None:
    named = [argument.format(acme=acme.slug) for argument in arguments]
    assert refused(manage_here("token", *named)).startswith(f"CommandError: {code}: ")


@pytest.mark.parametrize("ttl", ["nan", "inf", "soon", ""])
def test_a_lifetime_is_a_whole_number_of_seconds(acme: Tenancy, ttl: str) -> None:
    told = manage_here("token", acme.slug, "u1", "--ttl", ttl)
    assert told.code == 2
    assert "--ttl" in told.errors[-1]


def test_a_tenant_without_a_secret_of_ours_cannot_be_signed_for(acme: Tenancy) -> None:
    SigningKey.objects.filter(tenant_id=acme.record.id).delete()
    assert refused(manage_here("token", acme.slug, "u1")) == f"CommandError: {acme.slug} has no HS256 signing key."
