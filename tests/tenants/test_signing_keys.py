"""Signing keys: a secret of ours, a public key or a key set of the customer's; two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import IntegrityError, connections, transaction

from kit.crypto import Sealer
from kit.errors import ParleyError
from tenants import signing_keys
from tenants.models import SigningKey
from tenants.signing_keys import (
    create_signing_key,
    issue_signing_key,
    register_key_set,
    register_public_key,
    revoke_signing_key,
    signing_key_record,
)
from tests.support.cast import Tenancy


def test_a_signing_key_is_256_bits_and_sealed(acme: Tenancy) -> None:
    made = create_signing_key(acme.made.tenant)
    assert len(made.secret) == 43
    assert made.secret not in str(vars(SigningKey.objects.get(pk=made.row.pk)))


@pytest.mark.parametrize(
    "columns",
    [
        {"algorithm": "HS256"},
        {"algorithm": "HS256", "public_key": "pem"},
        {"algorithm": "HS256", "key_set_url": "https://acme.test/keys"},
        {"algorithm": "ES256", "public_key": "pem", "key_set_url": "https://acme.test/keys"},
        {"algorithm": "ES256", "sealed_secret": "s", "key_set_url": "https://acme.test/keys"},
        {"algorithm": "HS256", "sealed_secret": "s", "public_key": "pem"},
        {"algorithm": "RS256"},
        {"algorithm": "RS256", "sealed_secret": "s"},
        {"algorithm": "EdDSA", "sealed_secret": "s", "public_key": "pem"},
    ],
)
def test_a_row_holds_what_its_algorithm_verifies_with_and_nothing_else(
    standing: Tenancy, columns: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError, match="has_its_verifier"), transaction.atomic("default"):
        SigningKey.objects.create(tenant_id=standing.record.id, **columns)


def test_a_secret_sealed_under_an_older_key_still_verifies(acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    """ENCRYPTION_KEYS rotate: the newest first, the older ones after it."""
    rotated = Sealer([Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS])
    monkeypatch.setattr(signing_keys, "_sealer", lambda: rotated)
    [row] = SigningKey.objects.filter(tenant_id=acme.record.id)
    assert signing_key_record(row) == acme.record.signing_keys[row.id]
    assert signing_key_record(create_signing_key(acme.made.tenant).row).algorithm == "HS256"


def test_two_keys_are_active_at_once_and_no_more(acme: Tenancy) -> None:
    second = issue_signing_key(acme.record)
    for more in (
        lambda: issue_signing_key(acme.record),
        lambda: register_public_key(acme.record, "ES256", "pem"),
        lambda: register_key_set(acme.record, "ES256", "https://acme.test/keys"),
    ):
        with pytest.raises(ParleyError, match="active already"):
            more()
    revoke_signing_key(acme.record, second.row.id)
    assert issue_signing_key(acme.record).row.id != second.row.id


def test_two_who_come_at_once_do_not_make_a_third(acme: Tenancy) -> None:
    def try_one(_: int) -> bool:
        try:
            issue_signing_key(acme.record)
        except ParleyError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(try_one, range(4))) == 1


def test_a_key_is_revoked_once_and_by_its_own_tenant(acme: Tenancy, globex: Tenancy) -> None:
    [key] = acme.record.signing_keys
    with pytest.raises(ParleyError, match="no active signing key"):
        revoke_signing_key(globex.record, key)
    revoke_signing_key(acme.record, key)
    with pytest.raises(ParleyError, match="no active signing key"):
        revoke_signing_key(acme.record, key)
