"""Sessions that were put into the tables, which costs no password hash."""

from __future__ import annotations

import time

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tenants.models import Account
from tenants.sessions import SESSION_CONFIRMED_AT, SESSION_SECOND_FACTOR, SESSION_TENANT, SessionStore
from tests.support.cast import Tenancy


def session_of(
    account: Account, tenant: Tenancy | None = None, *, second_factor: bool = False, confirmed_at: float | None = None
) -> str:
    """A session on the tenant's host, or on the public one, as just after signing in, or since ``confirmed_at``."""
    session = SessionStore()
    session[SESSION_KEY] = account.pk
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[SESSION_CONFIRMED_AT] = time.time() if confirmed_at is None else confirmed_at
    if second_factor:
        session[SESSION_SECOND_FACTOR] = account.pk
    if tenant is not None:
        session[SESSION_TENANT] = tenant.record.id
    session.create()
    return str(session.session_key)
