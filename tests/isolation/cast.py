"""Tenants that differ in nothing but their canary: equal room ids, equal user ids, one account that is in all."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from tenants.models import Account, Membership, Role
from tenants.sessions import SESSION_TENANT
from tests.isolation.observer import Observer
from tests.support.cast import Tenancy, make_tenant

PEOPLE = ("u1", "u2", "u3")
CALLS = 10_000_000
"""As many calls a user may make at once; so slowly do they come back that a missing one can be seen."""
_UNHURRIED = {"sends_per_second": 10_000, "send_burst": 10_000, "connects_per_minute": 1_000_000}
_UNHURRIED |= {"calls_per_second": 1, "call_burst": CALLS, "searches_per_second": 1, "search_burst": CALLS}
_UNHURRIED |= {"key_calls_per_second": 10_000, "key_call_burst": CALLS, "address_connects_per_minute": 1_000_000}
_UNHURRIED |= {"uploads_per_minute": 1_000_000}


@dataclass(frozen=True)
class Twin:
    """One of the tenants. ``session`` is the cookie of the account that is an admin in all of them."""

    tenancy: Tenancy
    canary: str
    session: str

    @property
    def schema_name(self) -> str:
        return self.tenancy.schema_name

    @property
    def host(self) -> str:
        return self.tenancy.host

    def name(self, user_id: str) -> str:
        return f"{user_id} {self.canary}"

    def text(self) -> str:
        return f"{secrets.token_hex(4)} {self.canary}"


def make_twins(number: int) -> list[Twin]:
    account: Account | None = None
    twins = []
    for _ in range(number):
        canary = f"canary-{secrets.token_hex(8)}"
        tenancy = make_tenant("twin", limits=_UNHURRIED)
        tenancy.made.tenant.name = canary
        tenancy.made.tenant.save()
        account = account or Account.objects.create_user(f"{secrets.token_hex(4)}@twin.test", "", name="Twin")
        Membership.objects.create(account=account, tenant=tenancy.made.tenant, role=Role.ADMIN)
        twins.append(Twin(tenancy, canary, _sign_in(account, tenancy)))
    return twins


def observer_of(twins: Sequence[Twin]) -> Observer:
    return Observer({twin.schema_name: twin.canary for twin in twins})


def _sign_in(account: Account, tenancy: Tenancy) -> str:
    session = SessionStore()
    session[SESSION_KEY] = account.pk
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[SESSION_TENANT] = tenancy.record.id
    session.create()
    return str(session.session_key)
