"""What a session holds, and who a session cookie belongs to, for a door that has no Django request."""

from __future__ import annotations

import time
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils.crypto import constant_time_compare

from tenants.models import Membership
from tenants.records import TenantRecord

SESSION_TENANT = "tenant"
"""In the session: the id of the tenant whose host it was made on. It is worth nothing on another's."""
SESSION_GUEST = "guest"
"""In the session of somebody without an account: the user that a guest link made of them."""
SESSION_SECOND_FACTOR = "second_factor"
"""In the session: the id of the account that showed a second factor in it."""
SESSION_CONFIRMED_AT = "confirmed_at"
"""In the session: when its account last showed who it is (Unix seconds)."""


class SessionStore(db.SessionStore):
    """Django's sessions in the database. A cookie that Django cannot have made is not even looked up: a quoted one
    may carry NUL, which PostgreSQL refuses to compare."""

    def _validate_session_key(self, key: str | None) -> bool:
        return super()._validate_session_key(key) and str(key).isalnum()  # type: ignore[misc]


def confirmed_lately(session: Any) -> bool:
    """Whether its account showed who it is in the last CONFIRMATION_MINUTES."""
    confirmed_at: float = session.get(SESSION_CONFIRMED_AT, 0)
    return time.time() - confirmed_at < settings.CONFIRMATION_MINUTES * 60


@database_sync_to_async  # type: ignore[untyped-decorator]
def membership_of_session(session_key: str, tenant: TenantRecord) -> Membership | None:
    """The signed-in account's place in ``tenant``, with ``account`` loaded; None when the session gives none.

    Two statements.
    """
    session = SessionStore(session_key).load()
    if session.get(SESSION_TENANT) != tenant.id or BACKEND_SESSION_KEY not in session:
        return None
    if tenant.requires_mfa and session.get(SESSION_SECOND_FACTOR) != session[SESSION_KEY]:
        return None
    membership = (
        Membership.objects.select_related("account")
        .filter(account_id=session[SESSION_KEY], tenant_id=tenant.id, account__is_active=True)
        .first()
    )
    if membership is None:
        return None
    current = membership.account.get_session_auth_hash()
    return membership if constant_time_compare(session.get(HASH_SESSION_KEY, ""), current) else None


@database_sync_to_async  # type: ignore[untyped-decorator]
def guest_of_session(session_key: str, tenant: TenantRecord) -> str | None:
    """The guest of ``tenant`` whose session it is; None when it is nobody's, or an account's. One statement."""
    session = SessionStore(session_key).load()
    return session.get(SESSION_GUEST) if session.get(SESSION_TENANT) == tenant.id else None
