"""``manage.py operator``."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from tenants.models import Account
from tests.support.cast import PASSWORD
from tests.support.http import Client
from tests.support.manage import manage_here
from tests.support.server import LiveServer


def test_the_first_operator_comes_in_by_the_link_that_is_printed(live: LiveServer) -> None:
    email = f"first-{secrets.token_hex(4)}@parley.test"
    told = manage_here("operator", "create", email, "--role", "owner")
    assert told.code == 0, told.err
    path = urlsplit(told.out.strip()).path
    client = Client(live, "localhost")
    assert client.submit(path, name="Otto", password=PASSWORD).status == 302
    assert client.get("/operators/").status == 200
    assert Account.objects.get(email=email).operator_role == "owner"


def test_what_cannot_be_is_said_in_one_line() -> None:
    told = manage_here("operator", "create", "nobody")
    assert (told.code, told.out) == (1, "")
    assert "email_invalid" in told.err
