"""API keys: made once, shown once, checked without being kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from kit.errors import KEY_NOT_FOUND, TOKEN_EXPIRED, TOKEN_INVALID, TOO_MANY_KEYS, ParleyError
from tenants.audit import record
from tenants.models import ApiKey, Tenant
from tenants.records import TenantRecord
from tenants.routers import SHARED
from tenants.scopes import Scope, check_scopes

PREFIX_LENGTH = len("sk_") + 12
MOST_KEYS = 100  # of a tenant, in force at once


class Owner(Protocol):
    """A tenant: its row or its record."""

    @property
    def id(self) -> int: ...

    @property
    def schema_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """``secret`` is the whole key, known only here and now."""

    row: ApiKey
    secret: str


def create_api_key(
    tenant: Owner,
    name: str = "default",
    *,
    scopes: Collection[str] = (Scope.EVERYTHING,),
    expires_at: datetime | None = None,
) -> NewApiKey:
    secret = f"sk_{secrets.token_hex(24)}"
    row = ApiKey.objects.create(
        tenant_id=tenant.id,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=_digest(secret),
        scopes=sorted(map(str, scopes)),
        expires_at=expires_at,
    )
    return NewApiKey(row, secret)


# Looking after them. ``by`` is the key that asks, None an operator: what a key makes has no scope that it lacks itself,
# and does not outlive it.


def issue_api_key(
    tenant: Owner, name: str, *, scopes: Collection[str], expires_at: datetime | None = None, by: ApiKey | None = None
) -> NewApiKey:
    """One more key. Raises ParleyError ``scope_missing``, ``too_many_keys``."""
    if by is not None:
        check_scopes(by.scopes, scopes)
        expires_at = _earlier(expires_at, by.expires_at)
    with _one_more(tenant):
        new = create_api_key(tenant, name, scopes=scopes, expires_at=expires_at)
        record(tenant, "api_key.created", f"api_key:{new.row.prefix}", after=_told(new.row))
    return new


def rotate_api_key(tenant: Owner, prefix: str, *, overlap: timedelta, by: ApiKey | None = None) -> NewApiKey:
    """A new key with the old one's name, scopes and expiry; the old one expires after ``overlap``.

    Raises ParleyError ``key_not_found``, ``scope_missing``, ``too_many_keys``.
    """
    with _one_more(tenant):
        old = api_keys(tenant).filter(prefix=prefix).first()
        if old is None:
            raise _not_found(prefix)
        expires_at = old.expires_at
        if by is not None:
            check_scopes(by.scopes, old.scopes)
            expires_at = _earlier(expires_at, by.expires_at)
        new = create_api_key(tenant, old.name, scopes=old.scopes, expires_at=expires_at)
        old.expires_at = _earlier(old.expires_at, timezone.now() + overlap)
        old.save(update_fields=["expires_at"])
        told = {"successor": new.row.prefix, "expires_at": old.expires_at}
        record(tenant, "api_key.rotated", f"api_key:{prefix}", after=told)
    return new


def revoke_api_key(tenant: Owner, prefix: str) -> None:
    """From now on the key opens nothing. Raises ParleyError ``key_not_found``."""
    mine = ApiKey.objects.filter(tenant_id=tenant.id, prefix=prefix, revoked_at__isnull=True)
    with transaction.atomic(SHARED):
        if not mine.update(revoked_at=timezone.now()):
            raise _not_found(prefix)
        record(tenant, "api_key.revoked", f"api_key:{prefix}")


def _told(key: ApiKey) -> dict[str, object]:
    """Of a key, for the audit log."""
    return {"name": key.name, "scopes": key.scopes, "expires_at": key.expires_at}


def api_keys(tenant: Owner) -> QuerySet[ApiKey]:
    """Those in force, the newest first."""
    unexpired = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    return ApiKey.objects.filter(unexpired, tenant_id=tenant.id, revoked_at__isnull=True)


@contextmanager
def _one_more(tenant: Owner) -> Iterator[None]:
    """A transaction in which nobody else makes a key for the tenant."""
    with transaction.atomic(SHARED):
        Tenant.objects.select_for_update(no_key=True).only("pk").get(pk=tenant.id)
        if api_keys(tenant).count() >= MOST_KEYS:
            raise ParleyError(TOO_MANY_KEYS, f"{MOST_KEYS} API keys are in force already: revoke one first.")
        yield


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _not_found(prefix: str) -> ParleyError:
    return ParleyError(KEY_NOT_FOUND, f"There is no API key {prefix[:PREFIX_LENGTH]!r} in force.")


# Checking


async def check_api_key(tenant: TenantRecord, secret: str) -> ApiKey:
    """The key, when it is this tenant's and in force. Raises ParleyError ``token_invalid`` or ``token_expired``."""
    found = await ApiKey.objects.filter(tenant_id=tenant.id, prefix=secret[:PREFIX_LENGTH]).afirst()
    if found is None or not secrets.compare_digest(found.digest, _digest(secret)) or found.revoked_at:
        raise ParleyError(TOKEN_INVALID, "This API key is not valid here.")
    if found.expires_at and found.expires_at <= timezone.now():
        raise ParleyError(TOKEN_EXPIRED, "This API key has expired.")
    await _note_use(found)
    return found


async def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - timedelta(minutes=1))
    if key.last_used_at is None or (now - key.last_used_at).total_seconds() > 60:
        await ApiKey.objects.filter(stale, pk=key.pk).aupdate(last_used_at=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
