"""A change by anybody is seen in every process within a second."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.utils import timezone

from tenants import lifecycle
from tenants.models import Domain, SigningKey
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_user
from tests.support.public import execute
from tests.support.server import LiveServer

WITHIN = 1.0
BUSY = 3.0  # on top, for a machine that has other things to do: the promise itself is a second


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, database: None) -> Iterator[list[LiveServer]]:
    """Two processes that share a database."""
    folder = tmp_path_factory.mktemp("two")
    servers = [LiveServer(folder / f"serve-{number}.log").start() for number in range(2)]
    yield servers
    for server in servers:
        server.stop()


def answers(servers: list[LiveServer], ask: Callable[[LiveServer], Answer]) -> list[int]:
    return [ask(server).status for server in servers]


def eventually(ask: Callable[[], list[int]], wanted: list[int], patience: float = WITHIN + BUSY) -> None:
    deadline = time.monotonic() + patience
    while (seen := ask()) != wanted:
        assert time.monotonic() < deadline, f"{seen}, not {wanted}, after {patience} s"
        time.sleep(0.02)


def rooms(tenant: Tenancy, host: str | None = None) -> Callable[[LiveServer], Answer]:
    header = {"Authorization": f"Bearer {tenant.api_key}"}
    return lambda server: Client(server, host or tenant.host, header).get("/api/v1/rooms")


def test_suspending_and_resuming_is_seen_by_all(two: list[LiveServer], acme: Tenancy) -> None:
    ask = rooms(acme)
    assert answers(two, ask) == [200, 200]
    lifecycle.suspend(acme.slug)
    eventually(lambda: answers(two, ask), [403, 403])
    lifecycle.resume(acme.slug)
    eventually(lambda: answers(two, ask), [200, 200])
    lifecycle.request_deletion(acme.slug)
    eventually(lambda: answers(two, ask), [404, 404])


def test_a_hand_written_update_is_seen_by_all(two: list[LiveServer], acme: Tenancy) -> None:
    ask = rooms(acme)
    for status, wanted in (("active", 200), ("suspended", 403), ("active", 200), ("deleting", 404)):
        execute("UPDATE tenants_tenant SET status = %s WHERE id = %s", status, acme.record.id)
        eventually(lambda wanted=wanted: answers(two, ask), [wanted, wanted])


def test_a_renamed_slug_is_seen_by_all(two: list[LiveServer], acme: Tenancy) -> None:
    old, new = rooms(acme), rooms(acme, f"{acme.slug}-new.localhost")
    assert answers(two, old) == [200, 200]
    assert answers(two, new) == [404, 404]
    execute("UPDATE tenants_tenant SET slug = slug || '-new' WHERE id = %s", acme.record.id)
    eventually(lambda: answers(two, new), [200, 200])
    eventually(lambda: answers(two, old), [404, 404])


def test_a_domain_is_seen_by_all_from_its_verification_to_its_move(
    two: list[LiveServer], acme: Tenancy, globex: Tenancy
) -> None:
    host = f"{secrets.token_hex(4)}.example.test"
    of_acme, of_globex = rooms(acme, host), rooms(globex, host)
    assert answers(two, of_acme) == [404, 404]
    Domain.objects.create(tenant=acme.made.tenant, domain=host)
    assert answers(two, of_acme) == [404, 404]
    Domain.objects.filter(domain=host).update(verified_at=timezone.now())
    eventually(lambda: answers(two, of_acme), [200, 200])
    assert answers(two, of_globex) == [401, 401]
    execute("UPDATE tenants_domain SET tenant_id = %s WHERE domain = %s", globex.record.id, host)
    eventually(lambda: answers(two, of_globex), [200, 200])
    assert answers(two, of_acme) == [401, 401]
    Domain.objects.filter(domain=host).delete()
    eventually(lambda: answers(two, of_globex), [404, 404])


def test_a_revoked_signing_key_is_seen_by_all(two: list[LiveServer], acme: Tenancy) -> None:
    def ask(server: LiveServer) -> Answer:
        return as_user(server, acme, "u1").get("/api/v1/rooms")

    assert answers(two, ask) == [200, 200]
    SigningKey.objects.filter(tenant=acme.made.tenant).update(revoked_at=timezone.now())
    eventually(lambda: answers(two, ask), [401, 401])


def test_a_listener_whose_connection_was_cut_hears_again(two: list[LiveServer], acme: Tenancy, globex: Tenancy) -> None:
    assert answers(two, rooms(acme)) == [200, 200]
    assert answers(two, rooms(globex)) == [200, 200]
    assert cut_listeners() >= 2
    # What changes while nobody listens is seen all the same ...
    lifecycle.suspend(acme.slug)
    eventually(lambda: answers(two, rooms(acme)), [403, 403])
    # ... and so is what comes after, by a listener: its return makes everything count as changed.
    deadline = time.monotonic() + 10
    while listeners() < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lifecycle.suspend(globex.slug)
    eventually(lambda: answers(two, rooms(globex)), [403, 403])


def test_a_notice_that_makes_no_sense_does_not_deafen_anybody(two: list[LiveServer], acme: Tenancy) -> None:
    for nonsense in ("", "x", "-1", "1.5", "99999999999999999999"):
        execute("SELECT pg_notify('parley_tenants', %s)", nonsense)
    assert answers(two, rooms(acme)) == [200, 200]
    lifecycle.suspend(acme.slug)
    eventually(lambda: answers(two, rooms(acme)), [403, 403])
    assert all("Traceback" not in server.log() for server in two)


_LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN parley_tenants'"


def listeners() -> int:
    return _one(f"SELECT count(*) {_LISTENERS}")


def cut_listeners() -> int:
    return _one(f"SELECT count(pg_terminate_backend(pid)) {_LISTENERS}")


def _one(query: str) -> int:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        [count] = connection.execute(query).fetchone() or [0]  # type: ignore[arg-type]
    return int(count)
