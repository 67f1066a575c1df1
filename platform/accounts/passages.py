"""From the public host, where somebody is signed in, to the host of an organisation: a link for once and for a minute,
since a session is worth nothing on another host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.cache import cache

from accounts.doors import password_mark
from tenants.models import Account, Tenant
from tenants.records import TenantRecord
from tenants.sessions import SESSION_CONFIRMED_AT, SESSION_SECOND_FACTOR

_SALT = "parley.passage"
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where the passage began: whether a ``second_factor`` was shown, and when the account last showed who it is (Unix
    seconds). ``after`` is the page that it leads to."""

    account: Account
    second_factor: bool
    confirmed_at: float
    after: str


def passage_url(session: Any, account: Account, tenant: Tenant, after: str = "/") -> str:
    shown = session.get(SESSION_SECOND_FACTOR) == account.pk
    confirmed = session.get(SESSION_CONFIRMED_AT, 0)
    claims = {
        "account": account.pk,
        "tenant": tenant.pk,
        "shown": shown,
        "confirmed": confirmed,
        "after": after,
        "mark": password_mark(account),
    }
    return f"{tenant.url}/account/arrive/{signing.dumps(claims, salt=_SALT)}"


def arrival(tenant: TenantRecord, token: str) -> Arrival | None:
    """Uses the link up. None for one that is wrong, old, used, another tenant's, or older than the password."""
    try:
        claims = signing.loads(token, salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    used = hashlib.sha256(token.encode()).hexdigest()
    if claims["tenant"] != tenant.id or not cache.add(f"passage:{used}", True, timeout=2 * _SECONDS):
        return None
    account = Account.objects.filter(pk=claims["account"], memberships__tenant_id=tenant.id, is_active=True).first()
    if account is None or password_mark(account) != claims["mark"]:
        return None
    return Arrival(account, claims["shown"], claims["confirmed"], claims["after"])
