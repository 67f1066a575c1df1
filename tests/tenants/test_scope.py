"""The ORM's way into a tenant's schema: nobody's outside a scope, the scope's own tenant within."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connections, router, transaction

from chat.models import Room
from tenants.models import Account, Tenant
from tenants.schemas import new_schema_name
from tenants.scope import (
    NoTenantInScope,
    SchemaOnly,
    TenantChangedInTransaction,
    is_in_scope,
    schema_in_scope,
    tenant_scope,
)
from tests.support.cast import Tenancy
from tests.support.statements import statements


def ask(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connections["tenant"].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def whose() -> tuple[str, list[str]]:
    [(role, path)] = ask("SELECT current_user::text, current_schemas(false)::text[]")
    return str(role), list(path)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "touch",
    [
        lambda: Room.objects.count(),
        lambda: Room.objects.create(id="stray"),
        lambda: Room.objects.filter(id="general").update(name="stray"),
        lambda: Room.objects.all().delete(),
        lambda: list(Room.objects.raw("SELECT * FROM chat_room")),
        lambda: list(Room.objects.iterator()),
        lambda: ask("SELECT 1"),
        lambda: connections["tenant"].introspection.table_names(),
    ],
    ids=["read", "insert", "update", "delete", "raw", "iterator", "cursor", "introspection"],
)
def test_outside_a_scope_nothing_of_a_tenant_can_be_touched(touch: Callable[[], object]) -> None:
    with pytest.raises(NoTenantInScope):
        touch()


async def test_outside_a_scope_async_reads_are_refused_too() -> None:
    with pytest.raises(NoTenantInScope):
        await Room.objects.acount()


def test_role_and_path_follow_the_scope(acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex, acme):
        with tenant_scope(tenant.record):
            assert whose() == (tenant.schema_name, [tenant.schema_name])


def test_an_inner_scope_ends_where_the_outer_goes_on(acme: Tenancy, globex: Tenancy) -> None:
    with tenant_scope(acme.record):
        with suppress(ZeroDivisionError), tenant_scope(globex.record):
            assert whose()[0] == globex.schema_name
            raise ZeroDivisionError
        assert whose()[0] == acme.schema_name
        assert schema_in_scope() == acme.schema_name
    assert not is_in_scope()


def test_a_cursor_kept_beyond_its_scope_serves_the_scope_it_is_used_in(acme: Tenancy, globex: Tenancy) -> None:
    with tenant_scope(acme.record):
        kept = connections["tenant"].cursor()
        with tenant_scope(globex.record):
            Room.objects.count()
            kept.execute("SELECT current_user::text")
            assert kept.fetchone() == (globex.schema_name,)
        kept.execute("SELECT current_user::text")
        assert kept.fetchone() == (acme.schema_name,)
    with pytest.raises(NoTenantInScope):
        kept.execute("SELECT 1")
    kept.close()


def test_staying_in_one_tenant_costs_no_further_statement(acme: Tenancy) -> None:
    with tenant_scope(acme.record):
        Room.objects.count()
        with statements("tenant") as seen:
            Room.objects.count()
            Room.objects.count()
    assert len(seen) == 2


@pytest.mark.parametrize("table", ["public.tenants_account", "public.django_session", "public.tenants_apikey"])
def test_a_tenant_cannot_read_the_platforms_tables(acme: Tenancy, table: str) -> None:
    with tenant_scope(acme.record), pytest.raises(ProgrammingError, match="permission denied"):
        ask(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", ["tenants_account", "django_session", "tenants_tenant"])
def test_the_platforms_tables_are_not_on_a_tenants_path(acme: Tenancy, table: str) -> None:
    with tenant_scope(acme.record), pytest.raises(ProgrammingError, match="does not exist"):
        ask(f"SELECT * FROM {table}")


@pytest.mark.parametrize("verb", ["SELECT id FROM {}.chat_room", "DELETE FROM {}.chat_room", "DROP TABLE {}.chat_room"])
def test_naming_a_neighbours_schema_is_refused(acme: Tenancy, globex: Tenancy, verb: str) -> None:
    with tenant_scope(acme.record), pytest.raises(ProgrammingError, match="permission denied"):
        ask(verb.format(globex.schema_name))


def test_a_tenant_can_neither_make_schemas_nor_write_outside_its_own(acme: Tenancy) -> None:
    for statement in ("CREATE SCHEMA stray", "CREATE TABLE public.stray (id int)", "CREATE ROLE stray"):
        with tenant_scope(acme.record), pytest.raises(ProgrammingError, match="permission denied"):
            ask(statement)


def test_a_schema_that_is_not_there_fails_closed(acme: Tenancy) -> None:
    with tenant_scope(SchemaOnly(new_schema_name())), pytest.raises(DatabaseError, match="does not exist"):
        Room.objects.count()
    with tenant_scope(acme.record):
        assert whose()[0] == acme.schema_name, "the failed attempt left nothing behind"


def test_a_role_without_its_schema_fails_closed(acme: Tenancy) -> None:
    with tenant_scope(acme.record):
        ask("SELECT 1")
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SET ROLE {acme.schema_name}; DROP SCHEMA {acme.schema_name} CASCADE; RESET ROLE")
    with tenant_scope(acme.record), pytest.raises(ProgrammingError, match="does not exist"):
        Room.objects.count()


def test_the_login_role_cannot_read_a_tenants_tables(acme: Tenancy) -> None:
    for statement in (
        f"SELECT * FROM {acme.schema_name}.chat_room",
        f"DELETE FROM {acme.schema_name}.chat_message",
    ):
        with connections["default"].cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute(statement)


def test_a_tenants_role_cannot_log_in(acme: Tenancy) -> None:
    parameters = {**connections["default"].get_connection_params(), "user": acme.schema_name}
    wanted = {name: parameters[name] for name in ("host", "port", "dbname", "user", "password") if name in parameters}
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**wanted)


def test_pooled_connections_serve_tenants_in_turn(acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex) * 10:
        with tenant_scope(tenant.record):
            assert whose() == (tenant.schema_name, [tenant.schema_name])
        connections["tenant"].close()  # back to the pool, which lends the same one again


# Transactions


def test_after_a_rollback_the_tenant_is_entered_again(acme: Tenancy, globex: Tenancy) -> None:
    with tenant_scope(acme.record):
        ask("SELECT 1")
    with tenant_scope(globex.record):
        with transaction.atomic("tenant"):
            Room.objects.create(id="undone", epoch="e")
            transaction.set_rollback(True, "tenant")
        assert whose() == (globex.schema_name, [globex.schema_name])
        assert not Room.objects.filter(id="undone").exists()


def test_after_a_savepoints_rollback_the_tenant_is_entered_again(acme: Tenancy) -> None:
    with tenant_scope(acme.record), transaction.atomic("tenant"):
        with transaction.atomic("tenant"):
            Room.objects.create(id="undone", epoch="e")
            transaction.set_rollback(True, "tenant")
        assert whose() == (acme.schema_name, [acme.schema_name])
        Room.objects.create(id="kept", epoch="e")
    with tenant_scope(acme.record):
        assert set(Room.objects.values_list("id", flat=True)) == {"general", "kept"}


def test_a_failed_statement_in_a_savepoint_leaves_the_transaction_usable(acme: Tenancy) -> None:
    with tenant_scope(acme.record), transaction.atomic("tenant"):
        with pytest.raises(DatabaseError), transaction.atomic("tenant"):
            ask("SELECT 1 / 0")
        assert whose()[0] == acme.schema_name


def test_a_transaction_belongs_to_one_tenant(acme: Tenancy, globex: Tenancy) -> None:
    def halve() -> None:
        with transaction.atomic("tenant"):
            for tenant in (acme, globex):
                with tenant_scope(tenant.record):
                    Room.objects.create(id="half", epoch="e")

    with pytest.raises(TenantChangedInTransaction):
        halve()
    for tenant in (acme, globex):
        with tenant_scope(tenant.record):
            assert not Room.objects.filter(id="half").exists()


def test_a_transaction_belongs_to_one_tenant_after_a_savepoints_rollback_too(acme: Tenancy, globex: Tenancy) -> None:
    with transaction.atomic("tenant"):
        with tenant_scope(acme.record), transaction.atomic("tenant"):
            Room.objects.count()
            transaction.set_rollback(True, "tenant")
        with tenant_scope(globex.record), pytest.raises(TenantChangedInTransaction):
            Room.objects.count()


def test_one_transaction_may_follow_another_tenants(acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex, acme):
        with tenant_scope(tenant.record), transaction.atomic("tenant"):
            assert whose()[0] == tenant.schema_name
        with tenant_scope(tenant.record):
            assert whose()[0] == tenant.schema_name


# The doors that django-tenants has


@pytest.mark.parametrize(
    "door",
    [
        lambda tenant: connections["tenant"].set_tenant(tenant),
        lambda tenant: connections["tenant"].set_schema(tenant.schema_name),
        lambda tenant: connections["tenant"].set_schema_to_public(),
        lambda tenant: tenant.activate(),
        lambda tenant: tenant.__enter__(),
        lambda tenant: Tenant.deactivate(),
    ],
    ids=["set_tenant", "set_schema", "set_schema_to_public", "activate", "with", "deactivate"],
)
def test_there_is_no_other_door(acme: Tenancy, door: Callable[[Tenant], object]) -> None:
    with pytest.raises(RuntimeError, match="tenant_scope"):
        door(acme.made.tenant)


def test_a_relation_between_a_tenants_row_and_the_platforms_is_refused(acme: Tenancy) -> None:
    assert not router.allow_relation(Room(id="a"), Account(email="a@example.test"))
