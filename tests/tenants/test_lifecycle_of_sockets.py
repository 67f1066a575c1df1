"""What happens to a tenant happens to its open sockets, in every process, within five seconds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import pytest
import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.utils import timezone

from tenants import lifecycle
from tenants.models import Account, Membership, SigningKey
from tests.support.cast import Tenancy
from tests.support.http import as_server, signed_in
from tests.support.public import execute
from tests.support.server import LiveServer
from tests.support.sockets import Person, open_socket, person
from tests.support.tables import change as change_rows
from tests.tenants.test_changes import cut_listeners

WITHIN = 5.0


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, database: None) -> Iterator[list[LiveServer]]:
    """Two processes that share a database and a Redis."""
    folder = tmp_path_factory.mktemp("two")
    servers = [LiveServer(folder / f"serve-{number}.log").start() for number in range(2)]
    yield servers
    for server in servers:
        server.stop()


async def ending(someone: Person) -> tuple[str | None, int]:
    """The code of the error that an ended socket was told, and its close code."""
    close = await someone.closed(WITHIN)
    errors = [frame["code"] for frame in someone.heard if frame["type"] == "error"]
    return (errors[-1] if errors else None), close


async def endings(two: list[LiveServer], tenant: Tenancy, change: Callable[[], object]) -> list[tuple[str | None, int]]:
    """How a socket in each process ends after ``change``."""
    async with AsyncExitStack() as sockets:
        people = [await sockets.enter_async_context(person(server, tenant)) for server in two]
        for someone in people:
            await someone.subscribe()
        await sync_to_async(change)()
        return list(await asyncio.gather(*(ending(someone) for someone in people)))


async def test_a_suspended_tenants_sockets_are_told_and_closed(two: list[LiveServer], acme: Tenancy) -> None:
    ended = await endings(two, acme, lambda: lifecycle.suspend(acme.slug))
    assert ended == [("tenant_suspended", 4403)] * 2


async def test_a_hand_written_suspension_closes_them_too(two: list[LiveServer], acme: Tenancy) -> None:
    update = "UPDATE tenants_tenant SET status = 'suspended' WHERE id = %s"
    ended = await endings(two, acme, lambda: execute(update, acme.record.id))
    assert ended == [("tenant_suspended", 4403)] * 2


async def test_a_deleted_tenants_sockets_are_closed(two: list[LiveServer], acme: Tenancy) -> None:
    ended = await endings(two, acme, lambda: lifecycle.request_deletion(acme.slug))
    assert [close for _, close in ended] == [4403, 4403]


async def test_a_removed_tenants_sockets_are_closed_and_redis_knows_it_no_more(
    two: list[LiveServer], acme: Tenancy
) -> None:
    async with redis.from_url(os.environ["REDIS_URL"]) as valkey:

        async def channels() -> list[bytes]:
            return list(await valkey.pubsub_channels(f"*{acme.schema_name}*"))

        async with person(two[0], acme) as someone:
            await someone.subscribe()
            assert await channels(), "the room's group carries the tenant's name"
            await sync_to_async(lifecycle.remove)(acme.made.tenant)
            assert await someone.closed(WITHIN) == 4403
        async with asyncio.timeout(WITHIN):
            while await channels():
                await asyncio.sleep(0.05)
        assert not [key async for key in valkey.scan_iter(f"*{acme.schema_name}*")]


async def test_others_sockets_stay_open(two: list[LiveServer], acme: Tenancy, globex: Tenancy) -> None:
    async with person(two[0], globex) as bystander:
        await endings(two, acme, lambda: lifecycle.suspend(acme.slug))
        assert (await bystander.subscribe())["type"] == "ok"


async def test_a_resumed_tenants_people_come_back(two: list[LiveServer], acme: Tenancy) -> None:
    await endings(two, acme, lambda: lifecycle.suspend(acme.slug))
    await sync_to_async(lifecycle.resume)(acme.slug)
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                async with person(two[0], acme) as someone:
                    assert (await someone.subscribe())["type"] == "ok"
                    return
            except Exception:  # noqa: BLE001 - refused until the process has heard of it
                await asyncio.sleep(0.1)


async def test_a_revoked_signing_key_ends_the_sockets_it_opened(two: list[LiveServer], acme: Tenancy) -> None:
    def revoke() -> None:
        SigningKey.objects.filter(tenant=acme.made.tenant).update(revoked_at=timezone.now())

    assert await endings(two, acme, revoke) == [("token_invalid", 4401)] * 2


REVOKE = "UPDATE chat_user SET revoked_before = now() WHERE id = 'u1'"
DEACTIVATE = "UPDATE chat_user SET deactivated_at = now() WHERE id = 'u1'"


async def test_a_revoked_users_sockets_end_and_nobody_elses(
    two: list[LiveServer], acme: Tenancy, globex: Tenancy
) -> None:
    async with person(two[1], acme, "u2") as other, person(two[1], globex, "u1") as namesake:
        ended = await endings(two, acme, lambda: as_server(two[0], acme).post("/api/v1/users/u1/revoke"))
        assert ended == [("token_invalid", 4401)] * 2
        for bystander in (other, namesake):
            assert (await bystander.subscribe())["type"] == "ok"


async def test_a_deactivated_users_sockets_end(two: list[LiveServer], acme: Tenancy) -> None:
    ended = await endings(two, acme, lambda: as_server(two[0], acme).ask("DELETE", "/api/v1/users/u1"))
    assert ended == [("not_allowed", 4403)] * 2


@pytest.mark.parametrize(("statement", "end"), [(REVOKE, ("token_invalid", 4401)), (DEACTIVATE, ("not_allowed", 4403))])
async def test_a_hand_written_update_of_a_user_ends_them_too(
    two: list[LiveServer], acme: Tenancy, statement: str, end: tuple[str, int]
) -> None:
    assert await endings(two, acme, lambda: change_rows(acme, statement)) == [end] * 2


async def test_a_revocation_that_nobody_heard_ends_them_when_the_listeners_are_back(
    two: list[LiveServer], acme: Tenancy
) -> None:
    def revoke_unheard() -> None:
        with held_back("chat_user", acme):
            change_rows(acme, REVOKE)
        cut_listeners()

    assert await endings(two, acme, revoke_unheard) == [("token_invalid", 4401)] * 2


async def test_revoking_a_signing_key_by_the_api_ends_them(two: list[LiveServer], acme: Tenancy) -> None:
    [key] = acme.record.signing_keys
    revoke = f"/api/v1/signing-keys/{key}"
    ended = await endings(two, acme, lambda: as_server(two[0], acme).ask("DELETE", revoke))
    assert ended == [("token_invalid", 4401)] * 2


@contextmanager
def held_back(table: str, tenant: Tenancy) -> Iterator[None]:
    """The table's triggers do not fire meanwhile."""
    change_rows(tenant, f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    change_rows(tenant, f"ALTER TABLE {table} ENABLE TRIGGER USER")


def leave(account: Account) -> None:
    Membership.objects.filter(account=account).delete()


def leave_by_hand(account: Account) -> None:
    execute("DELETE FROM tenants_membership WHERE account_id = %s", account.pk)


def close_account(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)


@pytest.mark.parametrize("lose", [leave, leave_by_hand, close_account])
async def test_who_loses_the_place_here_loses_the_socket(
    two: list[LiveServer], acme: Tenancy, lose: Callable[[Account], None]
) -> None:
    account = await sync_to_async(acme.account)("ann")
    async with AsyncExitStack() as sockets:
        people = [await sockets.enter_async_context(by_cookie(server, acme, account)) for server in two]
        hellos = [await someone.next() for someone in people]
        assert [hello["type"] for hello in hellos] == ["hello", "hello"]
        await sync_to_async(lose)(account)
        ended = await asyncio.gather(*(ending(someone) for someone in people))
    assert list(ended) == [("token_invalid", 4401)] * 2


async def test_a_changed_limit_holds_for_open_sockets(two: list[LiveServer], acme: Tenancy) -> None:
    async with person(two[0], acme) as someone:
        await someone.subscribe()
        assert (await someone.send("x" * 50))["type"] == "ok"
        await sync_to_async(execute)("UPDATE tenants_tenant SET text_characters = 10 WHERE id = %s", acme.record.id)
        async with asyncio.timeout(WITHIN):
            while (await someone.send("x" * 50))["type"] == "ok":
                await asyncio.sleep(0.2)


@asynccontextmanager
async def by_cookie(server: LiveServer, tenant: Tenancy, account: Account) -> AsyncIterator[Person]:
    """A socket opened with the cookie of an account signed in on the tenant's host."""
    client = await sync_to_async(signed_in)(server, tenant, account.email)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    page = {"additional_headers": {"Cookie": cookie}, "origin": client.origin}
    async with open_socket(server, tenant.host, subprotocols=["parley.v1"], **page) as connection:
        yield Person(connection)
