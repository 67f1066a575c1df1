"""Operators of the platform, signed in on the public host, and their programs."""

from __future__ import annotations

import secrets

from console.operator_keys import issue_operator_key
from tenants.models import Account, OperatorRole
from tests.support.http import Client
from tests.support.server import LiveServer
from tests.support.sessions import session_of


def operator(role: str = OperatorRole.OWNER) -> Account:
    email = f"{role}-{secrets.token_hex(4)}@parley.test"
    return Account.objects.create_user(email, name=role.title(), operator_role=role)


def as_operator(live: LiveServer, account: Account) -> Client:
    """With a session that has shown everything there is to show."""
    return Client(live, "localhost", cookies={"sessionid": session_of(account, second_factor=True)})


def as_program(live: LiveServer, account: Account, role: str) -> Client:
    """With an operator key."""
    key = issue_operator_key(account, "tests", role, days=1)
    return Client(live, "localhost", {"Authorization": f"Bearer {key.secret}"})
