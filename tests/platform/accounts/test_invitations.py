"""The link by which a new account comes in: once, for one person, at one organisation."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tenants import invitations
from tenants.invitations import invitation_url
from tenants.models import Account, Membership
from tests.support.cast import Tenancy
from tests.support.http import Client
from tests.support.server import LiveServer

NEW_PASSWORD = "correct horse battery"


@pytest.fixture
def invited(acme: Tenancy) -> Account:
    """A member who has no password yet."""
    account = Account.objects.create_user(f"new-{secrets.token_hex(3)}@example.test", name="New")
    Membership.objects.create(account=account, tenant=acme.made.tenant, role="agent")
    return account


def link(tenant: Tenancy, account: Account) -> str:
    return urlsplit(invitation_url(tenant.made.tenant, account)).path


def test_the_link_is_on_the_tenants_own_host(acme: Tenancy, invited: Account) -> None:
    assert urlsplit(invitation_url(acme.made.tenant, invited)).hostname == acme.host


def test_a_link_works_once(live: LiveServer, acme: Tenancy, invited: Account) -> None:
    path, client = link(acme, invited), Client(live, acme.host)
    answer = client.submit(path, name="Nelly", password=NEW_PASSWORD)
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    assert client.get("/api/v1/rooms").status == 200, "and one is in"
    assert Account.objects.get(pk=invited.pk).name == "Nelly"
    other = Client(live, acme.host)
    assert other.get(path).status == 410
    assert other.submit(path, page="/sign-in", name="Mallory", password="another password").status == 410
    assert other.submit("/sign-in", email=invited.email, password=NEW_PASSWORD).status == 302


def test_looking_at_the_link_does_not_use_it_up(live: LiveServer, acme: Tenancy, invited: Account) -> None:
    for _ in range(2):
        assert Client(live, acme.host).get(link(acme, invited)).status == 200


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "", "password": NEW_PASSWORD}, "no name"),
        ({"name": "N" * 121, "password": NEW_PASSWORD}, "too long a name"),
        ({"name": "N\x00", "password": NEW_PASSWORD}, "NUL"),
        ({"name": "New", "password": ""}, "no password"),
        ({"name": "New", "password": "short"}, "too short"),
        ({"name": "New", "password": "password123"}, "too common"),
        ({"name": "New", "password": "p" * 1_001}, "too long"),
    ],
)
def test_a_poor_answer_may_be_given_again(
    live: LiveServer, acme: Tenancy, invited: Account, fields: dict[str, str], why: str
) -> None:
    path = link(acme, invited)
    assert Client(live, acme.host).submit(path, **fields).status == 422, why
    assert Client(live, acme.host).submit(path, name="New", password=NEW_PASSWORD).status == 302


def test_another_accounts_link_is_refused(live: LiveServer, acme: Tenancy, invited: Account) -> None:
    other = acme.account("ann")
    token = link(acme, invited).rsplit("/", 1)[1]
    assert Client(live, acme.host).get(f"/invitation/{other.pk}/{token}").status == 410


def test_a_link_is_worth_nothing_where_its_account_has_no_place(
    live: LiveServer, acme: Tenancy, globex: Tenancy, invited: Account
) -> None:
    assert Client(live, globex.host).get(link(acme, invited)).status == 410


def test_an_old_link_is_refused(
    live: LiveServer, acme: Tenancy, invited: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = datetime.now() - timedelta(days=4)  # noqa: DTZ005 - as Django's generator counts
    monkeypatch.setattr(invitations._invitations, "_now", lambda: made, raising=False)
    assert Client(live, acme.host).get(link(acme, invited)).status == 410


def test_a_closed_accounts_link_is_refused(live: LiveServer, acme: Tenancy, invited: Account) -> None:
    Account.objects.filter(pk=invited.pk).update(is_active=False)
    assert Client(live, acme.host).get(link(acme, invited)).status == 410


@pytest.mark.parametrize(
    "path", ["acc_nobody/x-y", "%00/x", "x/%00", "acc_x/", "acc_x", "%ff/%ff", f"{'x' * 3_000}/x", "../sign-in/x"]
)
def test_a_link_that_nobody_made_is_refused(live: LiveServer, standing: Tenancy, path: str) -> None:
    assert Client(live, standing.host).get(f"/invitation/{path}").status in (404, 410)
