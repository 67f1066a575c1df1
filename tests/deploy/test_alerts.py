"""Each alert of deploy/watching fires once by its fault, and no other with it that the test does not name."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack

import psycopg
import pytest

from tests.deploy.service import Service, meanwhile, running
from tests.support.certificates import put_certificate
from tests.support.http import as_server
from tests.support.prometheus import PROMETHEUS
from tests.support.receiver import receiver
from tests.support.sockets import person

pytestmark = [
    pytest.mark.skipif(PROMETHEUS is None, reason="there is no Prometheus here to ask"),
    pytest.mark.timeout(300),
    pytest.mark.skipif("PARLEY_PROVE" not in os.environ, reason="it takes minutes; PARLEY_PROVE=1 draws it"),
]
_MORE_THAN_TEN = 15


@pytest.fixture(scope="module")
def standing_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(standing_service: Service) -> Iterator[Service]:
    yield standing_service
    standing_service.mend()


# Processes and the servers behind them


async def test_the_worker_is_killed(service: Service) -> None:
    async with service.expecting("ParleyNoWorker"):
        service.end_worker()


async def test_the_web_processes_are_killed(service: Service) -> None:
    async with service.expecting("ParleyDown"):
        service.one.kill()
        service.other.kill()


async def test_postgresql_stops(service: Service) -> None:
    async with service.expecting("ParleyPostgresAway", along={"ParleyNoWorker"}):
        await asyncio.to_thread(service.stage.postgres.stop)
    service.end_worker()  # or it ends by itself, in a later test


async def test_redis_stops(service: Service) -> None:
    """Each sweep finds the room behind, whose messages no bell has told of."""
    async with (
        person(service.one, service.tenant) as ann,
        person(service.other, service.tenant) as bob,
        meanwhile(lambda: ann.send("Do you hear me?")),
        service.expecting("ParleyRedisAway", "ParleyHubBehind"),
    ):
        await bob.subscribe()
        await asyncio.to_thread(service.stage.valkey.stop)


async def test_redis_hangs_for_a_moment_again_and_again(service: Service) -> None:
    valkey = service.stage.valkey.child

    async def hang() -> None:
        valkey.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(0.9)
        finally:
            valkey.send(signal.SIGCONT)

    async with (
        person(service.one, service.tenant) as ann,
        AsyncExitStack() as acts,
        service.expecting("ParleyDeliverySlow", along={"ParleyHubBehind"}),
    ):
        await acts.enter_async_context(meanwhile(lambda: ann.send("Slowly")))
        await acts.enter_async_context(meanwhile(hang))


# What people ask for


async def test_the_tables_are_not_those_of_the_code(service: Service) -> None:
    tenant = service.stage.tenant()

    with service.stage.inside(tenant) as connection:
        connection.execute("ALTER TABLE chat_message RENAME COLUMN client_id TO clients_id")
    async with (
        person(service.one, tenant) as ann,
        AsyncExitStack() as acts,
        service.expecting("ParleyErrors"),
    ):
        await acts.enter_async_context(meanwhile(lambda: ann.send("Who is to know me again?")))


async def test_a_lock_is_held_for_a_moment_again_and_again(service: Service) -> None:
    def hold() -> None:
        with service.stage.inside(service.tenant) as connection:
            connection.execute("LOCK TABLE chat_message IN EXCLUSIVE MODE")
            time.sleep(0.4)

    async with (
        person(service.one, service.tenant) as ann,
        AsyncExitStack() as acts,
        service.expecting("ParleyAcksSlow", along={"ParleyDeliverySlow"}),
    ):
        await acts.enter_async_context(meanwhile(lambda: ann.send("In a moment")))
        await acts.enter_async_context(meanwhile(lambda: asyncio.to_thread(hold)))


async def test_there_is_one_connection_for_many_requests(service: Service) -> None:
    narrow = await asyncio.to_thread(service.serve, DATABASE_POOL_SIZE="1")
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(person(narrow, service.tenant, f"u{number}")) for number in range(10)]
        async with service.expecting("ParleyPoolWaits"):
            ask = meanwhile(lambda: asyncio.gather(*(each.subscribe() for each in crowd)))
            await stack.enter_async_context(ask)
    narrow.stop()


# Sockets


async def test_readers_stop_reading(service: Service) -> None:
    async with AsyncExitStack() as stack:
        for number in range(_MORE_THAN_TEN):
            reader = person(service.one, service.tenant, f"u{number}", max_queue=1)
            await (await stack.enter_async_context(reader)).subscribe()
        ann = await stack.enter_async_context(person(service.one, service.tenant, "ann"))
        async with service.expecting("ParleySlowConsumersCut", along={"ParleyAcksSlow", "ParleyDeliverySlow"}):
            await stack.enter_async_context(meanwhile(lambda: ann.send("語" * 8_000)))


async def test_clients_flood(service: Service) -> None:
    tenant = service.stage.tenant()
    with psycopg.connect(service.stage.database_url) as connection:
        paced = "UPDATE tenants_tenant SET sends_per_second = 1, send_burst = 1 WHERE slug = %s"
        connection.execute(paced, (tenant.slug,))

    async def flood(number: int) -> int:
        async with person(service.one, tenant, f"u{number}") as someone:
            for _ in range(100):
                await someone.connection.send("ping")
            return await someone.closed()

    async with service.expecting("ParleyFloods"):
        assert {*await asyncio.gather(*map(flood, range(_MORE_THAN_TEN)))} == {4429}


# The worker's work


async def test_an_endpoint_fails(service: Service) -> None:
    async with receiver() as shop, person(service.one, service.tenant) as ann:
        shop.always(500)
        hooks = as_server(service.one, service.tenant)  # type: ignore[arg-type]
        made = await asyncio.to_thread(hooks.post, "/api/v1/webhooks", {"url": shop.url, "events": ["message.created"]})
        assert made.status == 201
        async with service.expecting("ParleyWebhooksFailing"):
            await ann.send("Tell the shop")
        await asyncio.to_thread(hooks.delete, f"/api/v1/webhooks/{made.json['id']}")


async def test_no_job_can_be_taken(service: Service) -> None:
    """An index is being built, which locks so; the worker itself is well."""
    with psycopg.connect(service.stage.database_url) as indexing:
        async with service.expecting("ParleyJobsWaiting", along={"ParleyNoWorker"}):
            service.end_worker()
            with psycopg.connect(service.stage.database_url) as connection:
                connection.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at) VALUES"
                    " ('default', 'chat.tasks.end_guest_links', '{\"timestamp\": 0}', now() - interval '10 minutes')"
                )
            indexing.execute("LOCK TABLE procrastinate_jobs IN SHARE MODE")
            service.mend()


async def test_a_certificate_is_not_renewed(service: Service) -> None:
    async with service.expecting("ParleyCertificateExpiring"):
        put_certificate(service.certificates / "chat.example.com", days=5)
    shutil.rmtree(service.certificates)


async def test_what_stripe_told_is_not_handled(service: Service) -> None:
    async with service.expecting("ParleyBillingBehind"):
        with psycopg.connect(service.stage.database_url) as connection:
            connection.execute(
                "INSERT INTO billing_stripeevent (stripe_id, type, customer, created_at, received_at, failure)"
                " VALUES ('evt_1', 'invoice.paid', 'cus_1', now(), now(), '')"
            )
