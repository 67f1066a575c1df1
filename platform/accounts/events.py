"""What follows from what django-allauth does: marks in the session, and the audit log."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Any

import structlog
from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator

from accounts.doors import address_of
from accounts.second_factors import factors_of
from tenants.actors import account_actor, actor_of
from tenants.audit import acting, record
from tenants.models import Account
from tenants.sessions import SESSION_CONFIRMED_AT, SESSION_SECOND_FACTOR

log = structlog.get_logger(__name__)

_KINDS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def connect() -> None:
    account.authentication_step_completed.connect(_mark)
    account.password_changed.connect(_password_changed)
    account.password_reset.connect(_password_changed)
    mfa.authentication_failed.connect(_factor_failed)
    mfa.authenticator_added.connect(_factor_added)
    mfa.authenticator_removed.connect(_factor_removed)
    mfa.authenticator_reset.connect(_codes_renewed)


def note(request: Any, whose: Account, action: str, **changes: Any) -> None:
    """Record what ``whose`` did with the own account, signed in or not: in the tenant's chain on its host, in the
    platform's on the public one."""
    with acting_as(request, whose):
        record(request.tenant, action, f"account:{whose.pk}", **changes)


def acting_as(request: Any, account: Account) -> AbstractContextManager[None]:
    """Within it, what is recorded was done by whoever is signed in or, where nobody is, by ``account``."""
    return acting(lambda: actor_of(request) if request.user.is_authenticated else account_actor(request, account))


def _mark(request: Any, method: str, user: Account, **particulars: Any) -> None:
    """Who has shown who it is need not again for a while; one who showed a second factor has shown it here. Half a
    sign-in with another account says nothing of the one that is signed in."""
    log.info("accounts.authenticated", account=user.pk, method=method, address=address_of(request))
    if request.user == user:
        request.session[SESSION_CONFIRMED_AT] = time.time()
    if method == "mfa":
        request.session[SESSION_SECOND_FACTOR] = user.pk


def _factor_failed(request: Any, user: Account, **particulars: Any) -> None:
    log.warning("accounts.second_factor_failed", account=user.pk, address=address_of(request))


def _password_changed(request: Any, user: Account, **particulars: Any) -> None:
    note(request, user, "password.changed")


def _factor_added(request: Any, user: Account, authenticator: Authenticator, **particulars: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session[SESSION_SECOND_FACTOR] = user.pk
    note(request, user, "second_factor.added", after={"kind": _KINDS[authenticator.type]})


def _factor_removed(request: Any, user: Account, authenticator: Authenticator, **particulars: Any) -> None:
    if not factors_of(user).exists():
        request.session.pop(SESSION_SECOND_FACTOR, None)
    note(request, user, "second_factor.removed", before={"kind": _KINDS[authenticator.type]})


def _codes_renewed(request: Any, user: Account, **particulars: Any) -> None:
    note(request, user, "recovery_codes.renewed")
