"""Keys for the operators' API: a program does what an operator may, at most in the key's own role."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from console.operators import check_role
from console.permits import OPERATOR_PERMITS, OperatorPermit
from kit.errors import INVALID, KEY_NOT_FOUND, TOKEN_EXPIRED, TOKEN_INVALID, TOO_MANY_KEYS, ParleyError
from tenants.audit import record
from tenants.models import Account, OperatorKey, OperatorRole
from tenants.routers import SHARED

PREFIX = "op_"
MOST_DAYS = 366
_MOST_KEYS = 50  # of an operator, in force at once
_PREFIX_LENGTH = len(PREFIX) + 12


@dataclass(frozen=True, slots=True)
class NewOperatorKey:
    """``secret`` is the whole key, known only here and now."""

    row: OperatorKey
    secret: str


def operator_keys() -> QuerySet[OperatorKey]:
    """Those in force, the newest first."""
    return OperatorKey.objects.select_related("account").filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


def issue_operator_key(account: Account, name: str, role: str, *, days: int) -> NewOperatorKey:
    """One more, for a program of the account's. Raises ParleyError ``invalid``, ``too_many_keys``."""
    if not 1 <= days <= MOST_DAYS:
        raise _invalid("days", f"A key lasts 1 to {MOST_DAYS} days.")
    if not 1 <= len(name.strip()) <= 80:
        raise _invalid("name", "Name the key, in 80 characters at most.")
    secret = f"{PREFIX}{secrets.token_hex(24)}"
    with transaction.atomic(SHARED):
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if operator_keys().filter(account=account).count() >= _MOST_KEYS:
            raise ParleyError(TOO_MANY_KEYS, f"{_MOST_KEYS} keys are in force already: revoke one first.")
        row = OperatorKey.objects.create(
            account=account,
            name=name.strip(),
            prefix=secret[:_PREFIX_LENGTH],
            digest=_digest(secret),
            role=check_role(role),
            expires_at=timezone.now() + timedelta(days=days),
        )
        told = {"name": row.name, "role": row.role, "operator": account.email, "expires_at": row.expires_at}
        record(None, "operator_key.created", f"operator_key:{row.prefix}", after=told)
    return NewOperatorKey(row, secret)


def revoke_operator_key(prefix: str) -> None:
    """From now on it opens nothing. Raises ParleyError ``key_not_found``."""
    with transaction.atomic(SHARED):
        key = next((each for each in operator_keys() if each.prefix == prefix), None)
        if key is None:
            raise ParleyError(KEY_NOT_FOUND)
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record(None, "operator_key.revoked", f"operator_key:{prefix}")


def check_operator_key(secret: str) -> OperatorKey:
    """The key, when it is in force and its account an operator. Raises ParleyError ``token_invalid``,
    ``token_expired``."""
    found = OperatorKey.objects.select_related("account").filter(prefix=secret[:_PREFIX_LENGTH]).first()
    proven = found is not None and secrets.compare_digest(found.digest, _digest(secret))
    if found is None or not proven or found.revoked_at or not found.account.is_operator:
        raise ParleyError(TOKEN_INVALID, "This operator key is not valid.")
    if found.expires_at <= timezone.now():
        raise ParleyError(TOKEN_EXPIRED, "This operator key has expired.")
    _note_use(found)
    return found


def permits_of_key(key: OperatorKey) -> frozenset[OperatorPermit]:
    """What its role may do and its operator may do as well, by now."""
    own = OPERATOR_PERMITS[OperatorRole(key.account.operator_role)]
    return own & OPERATOR_PERMITS[OperatorRole(key.role)]


def _note_use(key: OperatorKey) -> None:
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - timedelta(minutes=1))
    OperatorKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _invalid(field: str, detail: str) -> ParleyError:
    return ParleyError(INVALID, detail, errors=[{"field": field, "code": "invalid"}])
