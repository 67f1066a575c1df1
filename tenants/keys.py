"""Making and checking credentials: API keys and signing keys."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from kit.crypto import Sealer
from kit.errors import TOKEN_EXPIRED, TOKEN_INVALID, ParleyError
from tenants.models import ApiKey, SigningKey, Tenant
from tenants.records import SigningKeyRecord, TenantRecord

_PREFIX_LENGTH = len("sk_") + 12


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """``secret`` is the whole key, known only here and now."""

    row: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class NewSigningKey:
    row: SigningKey
    secret: str


def create_api_key(tenant: Tenant, name: str = "default") -> NewApiKey:
    secret = f"sk_{secrets.token_hex(24)}"
    row = ApiKey.objects.create(
        tenant=tenant, name=name, prefix=secret[:_PREFIX_LENGTH], digest=_digest(secret), scopes=["*"]
    )
    return NewApiKey(row, secret)


def create_signing_key(tenant: Tenant) -> NewSigningKey:
    """An HS256 key with 256 random bits (RFC 7518 section 3.2)."""
    secret = secrets.token_urlsafe(32)
    row = SigningKey.objects.create(tenant=tenant, sealed_secret=_sealer().seal(secret))
    return NewSigningKey(row, secret)


async def check_api_key(tenant: TenantRecord, secret: str) -> ApiKey:
    """The key, when it is this tenant's and in force. Raises ParleyError ``token_invalid`` or ``token_expired``."""
    found = await ApiKey.objects.filter(tenant_id=tenant.id, prefix=secret[:_PREFIX_LENGTH]).afirst()
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


def signing_key_record(key: SigningKey) -> SigningKeyRecord:
    secret = _sealer().open(key.sealed_secret) if key.sealed_secret else key.public_key
    return SigningKeyRecord(key.id, key.algorithm, secret)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def _sealer() -> Sealer:
    return Sealer(settings.ENCRYPTION_KEYS)
