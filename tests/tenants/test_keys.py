"""API keys: made once, shown once, checked without being kept."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from kit.errors import ParleyError
from tenants import keys
from tenants.keys import api_keys, check_api_key, create_api_key, issue_api_key, revoke_api_key, rotate_api_key
from tenants.models import ApiKey
from tests.support.cast import Tenancy

HOUR = timedelta(hours=1)


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


async def test_a_key_in_force_is_found_and_its_use_noted(acme: Tenancy) -> None:
    found = await check_api_key(acme.record, acme.api_key)
    first = (await ApiKey.objects.aget(pk=found.pk)).last_used_at
    assert first is not None
    await check_api_key(acme.record, acme.api_key)
    assert (await ApiKey.objects.aget(pk=found.pk)).last_used_at == first, "at most once a minute"


@pytest.mark.parametrize(
    "secret", ["", "sk_", "sk_nobody", "garbage", "sk_é", "sk_\ud7ff", "sk_" + "0" * 48, "sk_" * 5_000]
)
async def test_what_is_no_key_is_refused(standing: Tenancy, secret: str) -> None:
    assert await refusal(standing, secret) == "token_invalid"


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


# Looking after them


def test_no_key_makes_one_that_may_do_more(acme: Tenancy) -> None:
    narrow = create_api_key(acme.record, scopes=["keys:manage", "rooms:read"]).row
    for scopes in (["*"], ["rooms:write"], ["rooms:read", "users:read"]):
        with pytest.raises(ParleyError, match="lacks"):
            issue_api_key(acme.record, "more", scopes=scopes, by=narrow)
    made = issue_api_key(acme.record, "less", scopes=["rooms:read"], by=narrow)
    assert made.row.scopes == ["rooms:read"]


def test_no_key_makes_one_that_outlives_it(acme: Tenancy) -> None:
    soon = timezone.now() + HOUR
    short = create_api_key(acme.record, expires_at=soon).row
    assert issue_api_key(acme.record, "a", scopes=["*"], by=short).row.expires_at == soon
    assert issue_api_key(acme.record, "b", scopes=["*"], expires_at=soon + HOUR, by=short).row.expires_at == soon
    lasting = create_api_key(acme.record)
    assert rotate_api_key(acme.record, lasting.row.prefix, overlap=HOUR, by=short).row.expires_at == soon


async def test_a_rotated_key_and_its_successor_overlap(acme: Tenancy) -> None:
    old = await ApiKey.objects.aget(tenant_id=acme.record.id)
    new = await sync_to_async(rotate_api_key)(acme.record, old.prefix, overlap=HOUR)
    assert (new.row.name, new.row.scopes, new.row.expires_at) == (old.name, old.scopes, None)
    await check_api_key(acme.record, acme.api_key)
    await check_api_key(acme.record, new.secret)
    await ApiKey.objects.filter(pk=old.pk).aupdate(expires_at=timezone.now())
    assert await refusal(acme, acme.api_key) == "token_expired"
    await check_api_key(acme.record, new.secret)


async def test_without_overlap_the_old_key_ends_at_once(acme: Tenancy) -> None:
    new = await sync_to_async(rotate_api_key)(acme.record, acme.api_key[:15], overlap=timedelta())
    assert await refusal(acme, acme.api_key) == "token_expired"
    await check_api_key(acme.record, new.secret)


def test_rotating_does_not_prolong_a_key(acme: Tenancy) -> None:
    soon = timezone.now() + HOUR
    short = create_api_key(acme.record, expires_at=soon).row
    assert rotate_api_key(acme.record, short.prefix, overlap=10 * HOUR).row.expires_at == soon
    short.refresh_from_db()
    assert short.expires_at == soon


def test_no_key_takes_over_one_that_may_do_more(acme: Tenancy) -> None:
    narrow = create_api_key(acme.record, scopes=["keys:manage"]).row
    with pytest.raises(ParleyError, match="lacks"):
        rotate_api_key(acme.record, acme.api_key[:15], overlap=HOUR, by=narrow)


def test_a_key_of_another_tenant_is_not_there(acme: Tenancy, globex: Tenancy) -> None:
    with pytest.raises(ParleyError, match="no API key"):
        rotate_api_key(globex.record, acme.api_key[:15], overlap=HOUR)
    with pytest.raises(ParleyError, match="no API key"):
        revoke_api_key(globex.record, acme.api_key[:15])


async def test_a_key_that_is_revoked_is_gone(acme: Tenancy) -> None:
    await sync_to_async(revoke_api_key)(acme.record, acme.api_key[:15])
    assert await refusal(acme, acme.api_key) == "token_invalid"
    assert [key async for key in api_keys(acme.record)] == []
    for again in (revoke_api_key, lambda tenant, prefix: rotate_api_key(tenant, prefix, overlap=HOUR)):
        with pytest.raises(ParleyError, match="no API key"):
            await sync_to_async(again)(acme.record, acme.api_key[:15])


def test_keys_in_force_are_counted(acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "MOST_KEYS", 2)
    expired = create_api_key(acme.record, expires_at=timezone.now() - HOUR).row
    issue_api_key(acme.record, "second", scopes=["*"])
    for more in (
        lambda: issue_api_key(acme.record, "third", scopes=["*"]),
        lambda: rotate_api_key(acme.record, acme.api_key[:15], overlap=HOUR),
    ):
        with pytest.raises(ParleyError, match="in force already"):
            more()
    assert expired.prefix not in [key.prefix for key in api_keys(acme.record)]
