"""Role x page x action in the operators' console, complete by construction."""

from __future__ import annotations

import secrets

import pytest

from console.pages import operators
from console.permits import OPERATOR_PERMITS
from tenants.models import Account, OperatorRole, Role
from tests.support.cast import Tenancy
from tests.support.consoles import Asked, ask, everything_of
from tests.support.http import Client, csrf_token
from tests.support.server import LiveServer
from tests.support.sessions import session_of

EVERYTHING = everything_of(operators, "/operators/")


def operator(live: LiveServer, role: str) -> Client:
    account = Account.objects.create_user(f"{secrets.token_hex(4)}@parley.test", name="Op", operator_role=role)
    return Client(live, "localhost", cookies={"sessionid": session_of(account)})


def outcomes(client: Client) -> dict[Asked, int]:
    token = csrf_token(client.get("/operators/").text)
    return {asked: ask(client, asked, token).status for asked in EVERYTHING}


@pytest.mark.parametrize("role", list(OperatorRole))
def test_a_role_gets_what_its_permits_say_and_nothing_else(live: LiveServer, role: OperatorRole) -> None:
    found = outcomes(operator(live, role))
    wrong = {
        asked: status
        for asked, status in found.items()
        if (status == 403) is (asked.permits <= OPERATOR_PERMITS[role]) or status >= 500
    }
    assert wrong == {}


def test_strangers_get_nothing(live: LiveServer, acme: Tenancy) -> None:
    owner = acme.account("olga", Role.OWNER)
    for client in (
        Client(live, "localhost"),
        operator(live, ""),
        Client(live, "localhost", cookies={"sessionid": session_of(owner)}),
        Client(live, "localhost", cookies={"sessionid": session_of(owner, acme)}),
    ):
        assert set(outcomes(client).values()) <= {302, 403}
