"""This process's memory of which host is whose."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from tenants import directory as module
from tenants import lifecycle
from tenants.directory import Directory, host_name, is_public_host
from tenants.models import SigningKey, Tenant
from tests.support.cast import Tenancy
from tests.support.statements import statements


@pytest.fixture
def directory() -> Directory:
    """One that hears of every change, as in a server."""
    fresh = Directory()
    fresh.listening = True
    return fresh


async def find_and_count(directory: Directory, host: str) -> tuple[object, int]:
    """What the directory finds, and how many statements it took. The ORM runs in one thread, which is counted."""
    counter = statements("default")
    seen = await sync_to_async(counter.__enter__)()
    try:
        return await directory.find(host), len(seen)
    finally:
        await sync_to_async(counter.__exit__)(None, None, None)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("acme.localhost", "acme.localhost"),
        ("ACME.LocalHost:8000", "acme.localhost"),
        ("acme.localhost.", "acme.localhost"),
        ("acme.localhost.:443", "acme.localhost"),
        (" acme.localhost ", "acme.localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("a" * 253, "a" * 253),
        ("a" * 254, None),
        ("", None),
        (".", None),
        ("acme..localhost", None),
        (".acme.localhost", None),
        ("-acme.localhost", None),
        ("acme_.localhost", None),
        ("acme.localhost:", None),
        ("acme.localhost:8000:9", None),
        ("acme.localhost:http", None),
        ("[::1]:8000", None),
        ("acme.localhost\n", "acme.localhost"),
        ("acme\n.localhost", None),
        ("acme\x00.localhost", None),
        ("acmé.localhost", None),
        ("\u212aacme.localhost", None),
        ("acme.localhost,globex.localhost", None),
        ("acme.localhost/", None),
    ],
)
def test_a_host_header_is_a_plain_name_or_nothing(host: str, name: str | None) -> None:
    assert host_name(host) == name


def test_the_public_host_is_the_base_domain_alone() -> None:
    assert is_public_host("LOCALHOST.:80")
    assert not is_public_host("www.localhost")
    assert not is_public_host("localhost.evil.test")
    assert not is_public_host("")


async def test_a_known_host_costs_no_statement(directory: Directory, acme: Tenancy) -> None:
    tenant, first = await find_and_count(directory, acme.host)
    assert tenant == acme.record
    assert first <= 2
    for shape in (acme.host, acme.host.upper(), f"{acme.host}:8000", f"{acme.host}."):
        assert await find_and_count(directory, shape) == (acme.record, 0)


async def test_an_unknown_host_costs_one_statement_once(directory: Directory) -> None:
    assert await find_and_count(directory, "nobody.localhost") == (None, 1)
    assert await find_and_count(directory, "nobody.localhost") == (None, 0)
    assert await find_and_count(directory, "no_name") == (None, 0)


async def test_a_change_is_forgotten_and_learned_anew(directory: Directory, acme: Tenancy, globex: Tenancy) -> None:
    await directory.find(acme.host)
    await directory.find(globex.host)
    await sync_to_async(lifecycle.suspend)(acme.slug)
    assert (await directory.find(acme.host)).status == "active"
    directory.forget(acme.record.id)
    assert (await directory.find(acme.host)).status == "suspended"
    assert (await find_and_count(directory, globex.host))[1] == 0, "others are not asked for again"


async def test_any_change_forgets_unknown_hosts(directory: Directory, acme: Tenancy) -> None:
    new = f"{acme.slug}-new"
    assert await directory.find(f"{new}.localhost") is None
    await Tenant.objects.filter(pk=acme.record.id).aupdate(slug=new)
    directory.forget(acme.record.id)
    assert (await directory.find(f"{new}.localhost")).id == acme.record.id
    assert await directory.find(acme.host) is None


async def test_what_a_change_overtook_is_not_kept(
    directory: Directory, acme: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up that began before a change and ended after its notice would else be believed for long."""

    async def look_up_slowly(name: str) -> object:
        found = await look_up(name)
        asked.set()
        await told.wait()
        return found

    look_up, asked, told = module._look_up, asyncio.Event(), asyncio.Event()
    monkeypatch.setattr(module, "_look_up", look_up_slowly)
    finding = asyncio.create_task(directory.find(acme.host))
    await asked.wait()
    await sync_to_async(lifecycle.suspend)(acme.slug)
    directory.forget(acme.record.id)
    told.set()
    await finding
    assert (await directory.find(acme.host)).status == "suspended"


async def test_who_does_not_listen_believes_for_a_second_only(acme: Tenancy, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    alone = Directory()
    await alone.find(acme.host)
    await sync_to_async(lifecycle.suspend)(acme.slug)
    now += 0.9
    assert (await alone.find(acme.host)).active
    now += 0.2
    assert not (await alone.find(acme.host)).active


async def test_a_flood_of_made_up_hosts_is_bounded(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_HOSTS", 10)
    for number in range(30):
        await directory.find(f"flood-{number}.localhost")
    assert len(directory._hosts) == 10


async def test_a_revoked_signing_key_is_not_in_the_record(directory: Directory, acme: Tenancy) -> None:
    assert len((await directory.find(acme.host)).signing_keys) == 1
    await SigningKey.objects.filter(tenant_id=acme.record.id).aupdate(revoked_at="2020-01-01T00:00Z")
    directory.forget(acme.record.id)
    assert (await directory.find(acme.host)).signing_keys == {}
