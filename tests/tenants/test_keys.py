"""API keys and signing keys: made once, shown once, checked without being kept."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from kit.crypto import Sealer
from kit.errors import ParleyError
from tenants import keys
from tenants.keys import check_api_key, create_api_key, create_signing_key, signing_key_record
from tenants.models import ApiKey, SigningKey
from tests.support.cast import Tenancy


async def refusal(tenant: Tenancy, secret: str) -> str:
    with pytest.raises(ParleyError) as caught:
        await check_api_key(tenant.record, secret)
    return caught.value.code.name


def test_an_api_key_is_stored_as_prefix_and_digest(acme: Tenancy) -> None:
    made = create_api_key(acme.made.tenant, "deploy")
    assert made.secret.startswith("sk_")
    assert len(made.secret) == 51
    row = ApiKey.objects.get(pk=made.row.pk)
    assert row.prefix == made.secret[:15]
    assert row.digest == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.secret not in str(vars(row))


def test_a_signing_key_is_256_bits_and_sealed(acme: Tenancy) -> None:
    made = create_signing_key(acme.made.tenant)
    assert len(made.secret) == 43
    assert made.secret not in str(vars(SigningKey.objects.get(pk=made.row.pk)))


async def test_a_key_in_force_is_found_and_its_use_noted(acme: Tenancy) -> None:
    found = await check_api_key(acme.record, acme.api_key)
    first = (await ApiKey.objects.aget(pk=found.pk)).last_used_at
    assert first is not None
    await check_api_key(acme.record, acme.api_key)
    assert (await ApiKey.objects.aget(pk=found.pk)).last_used_at == first, "at most once a minute"


@pytest.mark.parametrize(
    "secret", ["", "sk_", "sk_nobody", "garbage", "sk_é", "sk_\ud7ff", "sk_" + "0" * 48, "sk_" * 5_000]
)
async def test_what_is_no_key_is_refused(acme: Tenancy, secret: str) -> None:
    assert await refusal(acme, secret) == "token_invalid"


async def test_the_prefix_alone_opens_nothing(acme: Tenancy) -> None:
    for forged in (acme.api_key[:15], acme.api_key[:-1], acme.api_key + "0", acme.api_key[:15] + "0" * 36):
        assert await refusal(acme, forged) == "token_invalid"


async def test_a_key_is_nobodys_at_another_tenant(acme: Tenancy, globex: Tenancy) -> None:
    assert await refusal(globex, acme.api_key) == "token_invalid"


async def test_a_revoked_or_expired_key_is_refused(acme: Tenancy) -> None:
    mine = ApiKey.objects.filter(tenant_id=acme.record.id)
    await mine.aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    assert await refusal(acme, acme.api_key) == "token_expired"
    await mine.aupdate(expires_at=timezone.now() + timedelta(hours=1))
    await check_api_key(acme.record, acme.api_key)
    await mine.aupdate(revoked_at=timezone.now())
    assert await refusal(acme, acme.api_key) == "token_invalid"


@pytest.mark.parametrize(
    "columns",
    [
        {"algorithm": "HS256"},
        {"algorithm": "HS256", "public_key": "pem"},
        {"algorithm": "HS256", "sealed_secret": "s", "public_key": "pem"},
        {"algorithm": "RS256"},
        {"algorithm": "RS256", "sealed_secret": "s"},
        {"algorithm": "EdDSA", "sealed_secret": "s", "public_key": "pem"},
    ],
)
def test_a_row_holds_what_its_algorithm_verifies_with_and_nothing_else(acme: Tenancy, columns: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="has_its_verifier"), transaction.atomic("default"):
        SigningKey.objects.create(tenant_id=acme.record.id, **columns)


def test_a_secret_sealed_under_an_older_key_still_verifies(acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENCRYPTION_KEYS rotate: the newest first, the older ones after it."""
    rotated = Sealer([Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS])
    monkeypatch.setattr(keys, "_sealer", lambda: rotated)
    [row] = SigningKey.objects.filter(tenant_id=acme.record.id)
    assert signing_key_record(row) == acme.record.signing_keys[row.id]
    assert signing_key_record(create_signing_key(acme.made.tenant).row).algorithm == "HS256"
