"""Signing keys: what verifies the user tokens that a tenant's server signs. Two may be active at once, so that a new
one can come into use before the old one goes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kit.crypto import Sealer
from kit.errors import KEY_NOT_FOUND, TOO_MANY_KEYS, ParleyError
from tenants.audit import record
from tenants.keys import Owner
from tenants.models import SigningKey, Tenant
from tenants.records import SigningKeyRecord
from tenants.routers import SHARED

MOST_ACTIVE = 2


@dataclass(frozen=True, slots=True)
class NewSigningKey:
    """``secret`` is shown once."""

    row: SigningKey
    secret: str


def create_signing_key(tenant: Owner) -> NewSigningKey:
    """An HS256 key with 256 random bits (RFC 7518 section 3.2)."""
    secret = secrets.token_urlsafe(32)
    row = SigningKey.objects.create(tenant_id=tenant.id, sealed_secret=_sealer().seal(secret))
    return NewSigningKey(row, secret)


def issue_signing_key(tenant: Owner) -> NewSigningKey:
    """One more HS256 key. Raises ParleyError ``too_many_keys``."""
    with _one_more(tenant):
        new = create_signing_key(tenant)
        _record_new(tenant, new.row)
    return new


def register_public_key(tenant: Owner, algorithm: str, pem: str) -> SigningKey:
    """``pem`` is of ``tenants.public_keys``. Raises ParleyError ``too_many_keys``."""
    with _one_more(tenant):
        key = SigningKey.objects.create(tenant_id=tenant.id, algorithm=algorithm, public_key=pem)
        _record_new(tenant, key)
    return key


def register_key_set(tenant: Owner, algorithm: str, url: str, *, issuer: str = "", audience: str = "") -> SigningKey:
    """The keys for ``algorithm`` that are published at ``url``, now and in time to come. Their tokens must be of
    ``issuer`` and for ``audience``, where these are given. Raises ParleyError ``too_many_keys``."""
    with _one_more(tenant):
        key = SigningKey.objects.create(
            tenant_id=tenant.id, algorithm=algorithm, key_set_url=url, issuer=issuer, audience=audience
        )
        _record_new(tenant, key)
    return key


def _record_new(tenant: Owner, key: SigningKey) -> None:
    told = {"algorithm": key.algorithm, "key_set_url": key.key_set_url, "issuer": key.issuer, "audience": key.audience}
    record(tenant, "signing_key.created", f"signing_key:{key.pk}", after=told)


def revoke_signing_key(tenant: Owner, key_id: str) -> None:
    """Its tokens are void from now on, and the sockets that they opened end. Raises ParleyError ``key_not_found``."""
    with transaction.atomic(SHARED):
        if not signing_keys(tenant).filter(pk=key_id).update(revoked_at=timezone.now()):
            raise ParleyError(KEY_NOT_FOUND, f"There is no active signing key {key_id[:32]!r}.")
        record(tenant, "signing_key.revoked", f"signing_key:{key_id}")


def signing_keys(tenant: Owner) -> QuerySet[SigningKey]:
    """The active ones, the newest first."""
    return SigningKey.objects.filter(tenant_id=tenant.id, revoked_at__isnull=True)


@contextmanager
def _one_more(tenant: Owner) -> Iterator[None]:
    with transaction.atomic(SHARED):
        Tenant.objects.select_for_update(no_key=True).only("pk").get(pk=tenant.id)
        if signing_keys(tenant).count() >= MOST_ACTIVE:
            raise ParleyError(TOO_MANY_KEYS, f"{MOST_ACTIVE} signing keys are active already: revoke one first.")
        yield


def signing_key_record(key: SigningKey) -> SigningKeyRecord:
    verifier = _sealer().open(key.sealed_secret) if key.sealed_secret else key.public_key
    return SigningKeyRecord(key.id, key.algorithm, verifier, key.key_set_url, key.issuer, key.audience)


@cache
def _sealer() -> Sealer:
    return Sealer(settings.ENCRYPTION_KEYS)
