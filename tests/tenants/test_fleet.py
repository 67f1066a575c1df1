"""``tenant migrate``: every tenant brought along, in order, a broken one not stopping the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.test import override_settings
from psycopg.errors import UniqueViolation

from tenants import schemas
from tenants.fleet import Migrated, migrate_tenants
from tenants.models import SchemaTemplate, Tenant
from tenants.schemas import create_schema, drop_schema, migrate_schema, new_schema_name, pending_migrations
from tenants.scope import SchemaOnly
from tests.support.cast import Tenancy, make_tenant
from tests.support.dump import dumped
from tests.support.http import as_server
from tests.support.manage import manage, manage_here
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, make_room, rows

MIGRATIONS = "tests.tenants.newer.migrations"
COLUMNS = "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_user AND column_name = 'colour'"
APPLIED = "SELECT name FROM django_migrations WHERE name LIKE '9%%' ORDER BY id"


def forget_migrations() -> None:
    """What a process knows of the migrations on disk it learns once."""
    schemas._digest.cache_clear()
    schemas.all_migrations.cache_clear()


@pytest.fixture
def release() -> Iterator[Callable[[], None]]:
    """Have the coming release take over; before, the tenants of this one are made."""
    coming = override_settings(MIGRATION_MODULES={"chat": MIGRATIONS})
    began = []

    def begin() -> None:
        coming.enable()
        began.append(True)
        forget_migrations()

    yield begin
    if began:
        coming.disable()
        SchemaTemplate.objects.filter(digest=schemas._digest()).delete()
    forget_migrations()


def migrate(*tenants: Tenancy) -> list[Migrated]:
    return list(migrate_tenants([tenant.slug for tenant in tenants]))


def columns(tenant: Tenancy) -> int:
    return int(rows(tenant, COLUMNS)[0][0])


def stand_in_the_way(tenant: Tenancy) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SET ROLE {tenant.schema_name}")
        cursor.execute(f"CREATE TABLE {tenant.schema_name}.room_colour_name (id int)")
        cursor.execute("RESET ROLE")


def step_aside(tenant: Tenancy) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SET ROLE {tenant.schema_name}")
        cursor.execute(f"DROP TABLE {tenant.schema_name}.room_colour_name")
        cursor.execute("RESET ROLE")


def test_nothing_pending_is_nothing_done(acme: Tenancy, globex: Tenancy) -> None:
    assert migrate(acme, globex) == [Migrated(acme.slug, 0), Migrated(globex.slug, 0)]


def test_all_tenants_are_brought_along_oldest_first(release: Callable[[], None]) -> None:
    fleet = [make_tenant(name) for name in ("zeta", "alpha", "mid", "beta")]
    release()
    assert migrate(*reversed(fleet)) == [Migrated(tenant.slug, 3) for tenant in fleet]
    for tenant in fleet:
        assert columns(tenant) == 1
        assert [name for (name,) in rows(tenant, APPLIED)] == [
            "9001_room_colour",
            "9002_colour_by_name",
            "9003_colour_index",
        ]
    assert migrate(*fleet) == [Migrated(tenant.slug, 0) for tenant in fleet]


def test_suspended_and_deleted_tenants_are_brought_along_too(release: Callable[[], None]) -> None:
    suspended, doomed = make_tenant("suspended"), make_tenant("doomed")
    Tenant.objects.filter(slug=suspended.slug).update(status="suspended")
    Tenant.objects.filter(slug=doomed.slug).update(status="deleting")
    release()
    assert [each.applied for each in migrate(suspended, doomed)] == [3, 3]


def test_a_python_step_runs_on_each_tenants_own_rows(release: Callable[[], None]) -> None:
    fleet = [make_tenant("first"), make_tenant("second")]
    for number, tenant in enumerate(fleet):
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SET ROLE {tenant.schema_name}")
            cursor.execute(f"UPDATE {tenant.schema_name}.chat_room SET name = 'Room {number}'")
            cursor.execute("RESET ROLE")
    release()
    migrate(*fleet)
    assert [rows(tenant, "SELECT colour FROM chat_room") for tenant in fleet] == [
        [("Room 0 blue",)],
        [("Room 1 blue",)],
    ]


def test_replayed_statements_do_what_migrating_step_by_step_does(
    release: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step without Python is recorded on the first tenant and replayed on the others."""
    fleet = [make_tenant("stepped"), make_tenant("replayed"), make_tenant("replayed")]
    release()
    replayed = []
    monkeypatch.setattr(
        "tenants.fleet.replay", lambda schema, sql: (replayed.append(schema), schemas.replay(schema, sql))
    )
    monkeypatch.setattr(schemas, "_newest_migrations", lambda: [("chat", "9001_room_colour")])
    forget_migrations()
    assert [each.applied for each in migrate(*fleet)] == [1, 1, 1]
    assert [schema.schema_name for schema in replayed] == [tenant.schema_name for tenant in fleet[1:]]
    first, *others = [dumped(tenant.schema_name) for tenant in fleet]
    assert "room_colour" in first
    assert others == [first, first]
    colours = [rows(tenant, "SELECT colour FROM chat_room") for tenant in fleet]
    assert colours == [[('grey 100% "it\'s"',)]] * 3, "quotes and percent signs survive"


def test_a_tenant_brought_along_is_identical_to_a_new_one(release: Callable[[], None]) -> None:
    old = make_tenant("old")
    release()
    migrate(old)
    schema = SchemaOnly(new_schema_name())
    with transaction.atomic("default"), connections["default"].cursor() as cursor:
        create_schema(cursor, schema.schema_name)
    migrate_schema(schema)
    connections["tenant"].close()
    assert dumped(old.schema_name) == dumped(schema.schema_name)
    drop_schema(schema.schema_name)


def test_a_new_tenant_of_the_coming_release_lacks_nothing(release: Callable[[], None]) -> None:
    release()
    tenant = make_tenant("late")
    assert pending_migrations(SchemaOnly(tenant.schema_name)) == ()
    assert columns(tenant) == 1


def test_a_broken_tenant_is_reported_and_the_rest_are_done(release: Callable[[], None]) -> None:
    fleet = [make_tenant(name) for name in ("first", "broken", "last")]
    broken = fleet[1]
    stand_in_the_way(broken)
    release()
    results = migrate(*fleet)
    assert [result.applied for result in results] == [3, 0, 3]
    assert "already exists" in results[1].error
    assert "\n" not in results[1].error
    step_aside(broken)
    assert migrate(*fleet) == [
        Migrated(fleet[0].slug, 0),
        Migrated(broken.slug, 1),  # what it had done before it broke was kept
        Migrated(fleet[2].slug, 0),
    ]


def test_two_runs_at_once_take_turns(release: Callable[[], None]) -> None:
    """As when two new instances start together."""
    fleet = [make_tenant("fleet") for _ in range(4)]
    release()

    def run(_: int) -> list[Migrated]:
        try:
            return migrate(*fleet)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        both = list(threads.map(run, range(2)))
    assert [sorted(result.applied for result in pair) for pair in zip(*both, strict=True)] == [[0, 3]] * 4
    assert not [result.error for results in both for result in results if result.error]


def test_an_index_that_was_interrupted_is_made_again(release: Callable[[], None]) -> None:
    tenant = make_tenant("interrupted")
    make_room(tenant, "second")
    with pytest.raises(UniqueViolation):
        change(tenant, "CREATE UNIQUE INDEX CONCURRENTLY room_colour_name ON chat_room (kind)")
    release()
    assert migrate(tenant) == [Migrated(tenant.slug, 3)]
    assert rows(tenant, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'room_colour_name'::regclass") == [(True,)]


def test_a_migration_steps_back_while_somebody_holds_a_table(
    release: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant("busy")
    release()
    paused = []
    with psycopg.connect(os.environ["DATABASE_URL"]) as busy:
        busy.execute(f"SET ROLE {tenant.schema_name}")
        busy.execute(f"LOCK TABLE {tenant.schema_name}.chat_room IN ROW EXCLUSIVE MODE")
        monkeypatch.setattr("tenants.fleet._LOCK_TIMEOUT", "20ms")
        monkeypatch.setattr("tenants.fleet.time.sleep", lambda seconds: (paused.append(seconds), busy.rollback()))
        assert migrate(tenant) == [Migrated(tenant.slug, 3)]
    assert paused


async def test_old_code_goes_on_while_its_tenant_is_brought_along(
    live: LiveServer, acme: Tenancy, release: Callable[[], None]
) -> None:
    async with person(live, acme) as ann:
        await ann.subscribe()
        await ann.send("before")
        release()
        assert await sync_to_async(migrate)(acme) == [Migrated(acme.slug, 3)]
        assert (await ann.send("after"))["type"] == "ok"
        made = await sync_to_async(as_server(live, acme).post)("/api/v1/rooms", {"id": "new"})
        assert made.status == 201
        await ann.until(lambda _: ann.texts() == ["before", "after"])


def test_the_first_tenant_being_broken_misleads_nobody(release: Callable[[], None]) -> None:
    fleet = [make_tenant(name) for name in ("broken", "second", "third")]
    stand_in_the_way(fleet[0])
    release()
    assert [bool(result.error) for result in migrate(*fleet)] == [True, False, False]
    assert dumped(fleet[1].schema_name) == dumped(fleet[2].schema_name)


def test_an_interrupted_run_goes_on_where_it_stopped(release: Callable[[], None]) -> None:
    fleet = [make_tenant("fleet") for _ in range(3)]
    release()
    run = migrate_tenants([tenant.slug for tenant in fleet])
    assert next(run).applied == 3
    run.close()
    assert [result.applied for result in migrate(*fleet)] == [0, 3, 3]


def test_the_command_reports_and_ends_with_1_when_a_tenant_is_broken(release: Callable[[], None]) -> None:
    good, broken = make_tenant("good"), make_tenant("broken")
    stand_in_the_way(broken)
    newer = {"DJANGO_SETTINGS_MODULE": "tests.tenants.newer.settings"}
    told = manage("tenant", "migrate", good.slug, broken.slug, "--json", **newer)
    assert told.code == 1
    done, failed = json.loads(told.out)
    assert done == {"slug": good.slug, "applied": 3, "error": ""}
    assert failed["slug"] == broken.slug
    assert "already exists" in failed["error"]
    assert told.errors == ["CommandError: 1 of 2 tenants could not be migrated."]
    step_aside(broken)
    again = manage("tenant", "migrate", good.slug, broken.slug, **newer)
    assert again.code == 0
    assert again.out.splitlines() == [f"{broken.slug:<32} 1 applied", "2 tenants, 0 broken."]


def test_the_command_refuses_a_slug_that_is_nobodys(acme: Tenancy) -> None:
    told = manage_here("tenant", "migrate", acme.slug, "nobody")
    assert told.code == 1
    assert told.errors == ["CommandError: tenant_not_found: There is no tenant 'nobody'."]
