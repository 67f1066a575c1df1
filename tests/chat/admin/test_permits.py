"""Role x page x action in the tenant's console, complete by construction: each page, table and action that the console
has, asked for by each role and by people who have no place there."""

from __future__ import annotations

import pytest

from config.urls_tenant import tenant_console
from tenants.consoles.permits import PERMITS, permits_of_role
from tenants.lifecycle import suspend
from tenants.models import Account, OperatorRole, Role
from tenants.records import Service
from tests.support.cast import Tenancy
from tests.support.consoles import Asked, ask, everything_of
from tests.support.http import Client, csrf_token, with_session
from tests.support.server import LiveServer
from tests.support.sessions import session_of
from tests.support.tables import set_limits

EVERYTHING = everything_of(tenant_console, "/admin/")


def outcomes(client: Client) -> dict[Asked, int]:
    token = csrf_token(client.get("/admin/").text)
    return {asked: ask(client, asked, token).status for asked in EVERYTHING}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_what_its_permits_say_and_nothing_else(live: LiveServer, acme: Tenancy, role: Role) -> None:
    found = outcomes(with_session(live, acme, acme.account("somebody", role)))
    wrong = {
        asked: status
        for asked, status in found.items()
        if (status == 403) is (asked.permits <= PERMITS[role]) or status >= 500
    }
    assert wrong == {}
    assert (403 in found.values()) is (role is not Role.OWNER)


def test_strangers_get_nothing(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    """Nobody, another tenant's owner, and an operator whom the tenant has not let in."""
    operator = Account.objects.create_user(f"op@{acme.host}", name="Op", operator_role=OperatorRole.OWNER)
    for client in (
        Client(live, acme.host),
        with_session(live, acme, globex.account("mallory", Role.OWNER)),
        Client(live, acme.host, cookies={"sessionid": session_of(globex.account("eve", Role.OWNER), globex)}),
        with_session(live, acme, operator),
        Client(live, acme.host, cookies={"sessionid": session_of(operator)}),
    ):
        assert set(outcomes(client).values()) <= {302, 403}


def test_a_suspended_tenants_owner_gets_nothing(live: LiveServer, acme: Tenancy) -> None:
    client = with_session(live, acme, acme.account("olga", Role.OWNER))
    assert client.get("/admin/").status == 200
    suspend(acme.slug, "unpaid")
    while client.get("/admin/").status == 200:
        pass
    assert set(outcomes(client).values()) == {403}


def test_of_an_unpaid_tenant_those_who_see_to_billing_can_pay_and_export(live: LiveServer, acme: Tenancy) -> None:
    clients = {role: with_session(live, acme, acme.account(role, role)) for role in Role}
    tokens = {role: csrf_token(client.get("/admin/").text) for role, client in clients.items()}
    set_limits(acme, service="suspended")
    while clients[Role.OWNER].get("/").status != 403:
        pass
    for role, client in clients.items():
        left = permits_of_role(role, Service.SUSPENDED)
        assert bool(left) is (role in (Role.OWNER, Role.ADMIN))
        pages = [asked for asked in EVERYTHING if asked.path != "/admin/"]
        found = {asked: ask(client, asked, tokens[role]).status for asked in pages}
        refused = {403} if left else {302, 403}
        assert {asked: found[asked] for asked in pages if (found[asked] in refused) is (asked.permits <= left)} == {}
    assert clients[Role.OWNER].get("/api/v1/rooms").status == 403
    assert Client(live, acme.host).get("/sign-in").status == 200


def test_what_no_page_names_is_no_action(live: LiveServer, acme: Tenancy) -> None:
    client = with_session(live, acme, acme.account("olga", Role.OWNER))
    token = csrf_token(client.get("/admin/").text)
    pages = {Asked(each.path, each.permits, "dispatch") for each in EVERYTHING if each.action}
    assert {ask(client, page, token).status for page in pages} == {404}
