"""What follows from what django-allauth does: marks in the session, and the audit log."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator

from tenants.actors import actor_of
from tenants.audit import Actor, acting, record
from tenants.models import Account
from tenants.models.audit import ActorKind
from tenants.sessions import SESSION_CONFIRMED_AT, SESSION_SECOND_FACTOR

_KINDS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


def connect() -> None:
    account.authentication_step_completed.connect(_mark)
    account.password_changed.connect(_password_changed)
    account.password_reset.connect(_password_changed)
    mfa.authenticator_added.connect(_factor_added)
    mfa.authenticator_removed.connect(_factor_removed)
    mfa.authenticator_reset.connect(_codes_renewed)


def note(request: Any, whose: Account, action: str, **changes: Any) -> None:
    """Record what ``whose`` did with the own account, signed in or not: in the tenant's chain on its host, in the
    platform's on the public one."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    kind = ActorKind.ACCOUNT if request.tenant or not whose.is_operator else ActorKind.OPERATOR
    acts = actor_of(request) if request.user.is_authenticated else Actor(kind, whose.pk, whose.email, address)
    with acting(lambda: acts):
        record(request.tenant, action, f"account:{whose.pk}", **changes)


def _mark(request: Any, method: str, user: Account, **particulars: Any) -> None:
    """Who has shown who it is need not again for a while; one who showed a second factor has shown it here."""
    request.session[SESSION_CONFIRMED_AT] = time.time()
    if method == "mfa":
        request.session[SESSION_SECOND_FACTOR] = user.pk


def _password_changed(request: Any, user: Account, **particulars: Any) -> None:
    note(request, user, "password.changed")


def _factor_added(request: Any, user: Account, authenticator: Authenticator, **particulars: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session[SESSION_SECOND_FACTOR] = user.pk
    note(request, user, "second_factor.added", after={"kind": _KINDS[authenticator.type]})


def _factor_removed(request: Any, user: Account, authenticator: Authenticator, **particulars: Any) -> None:
    note(request, user, "second_factor.removed", before={"kind": _KINDS[authenticator.type]})


def _codes_renewed(request: Any, user: Account, **particulars: Any) -> None:
    note(request, user, "recovery_codes.renewed")
