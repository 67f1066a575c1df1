"""A tenant's schema and role: the replayed one is the migrated one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connections, transaction

from tenants import schemas
from tenants.models import SchemaTemplate
from tenants.schemas import create_schema, drop_schema, migrate_schema, new_schema_name, pending_migrations
from tenants.scope import SchemaOnly, tenant_scope
from tests.support.cast import Tenancy
from tests.support.dump import dumped
from tests.support.public import standing
from tests.support.tables import rows


@pytest.fixture
def empty() -> Iterator[SchemaOnly]:
    """A schema and its role, nothing in it."""
    schema = SchemaOnly(new_schema_name())
    with transaction.atomic("default"), connections["default"].cursor() as cursor:
        create_schema(cursor, schema.schema_name)
    yield schema
    connections["tenant"].close()
    drop_schema(schema.schema_name)


def test_a_replayed_schema_is_identical_to_a_migrated_one(acme: Tenancy, empty: SchemaOnly) -> None:
    migrate_schema(empty)
    migrated, replayed = dumped(empty.schema_name), dumped(acme.schema_name)
    assert "CREATE TABLE SCHEMA.chat_message" in migrated
    assert replayed == migrated


def test_a_replayed_schema_knows_its_migrations(acme: Tenancy, empty: SchemaOnly) -> None:
    migrate_schema(empty)
    assert pending_migrations(SchemaOnly(acme.schema_name)) == ()
    recorded = "SELECT app, name FROM django_migrations ORDER BY id"
    with tenant_scope(empty), connections["tenant"].cursor() as cursor:
        cursor.execute(recorded)
        assert rows(acme, recorded) == cursor.fetchall()


def test_an_empty_schema_lacks_every_migration_in_order(empty: SchemaOnly) -> None:
    pending = pending_migrations(empty)
    assert pending[0] == ("chat", "0001_initial")
    assert {app for app, _ in pending} == {"chat"}
    assert list(pending) == sorted(pending)


def test_every_migration_of_a_tenant_can_be_replayed(empty: SchemaOnly) -> None:
    """New tenants are replays: one that had to run Python, or outside a transaction, could not be made."""
    assert schemas.replayable(pending_migrations(empty))


def test_the_template_is_recorded_once_and_its_scratch_schema_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    name = new_schema_name()
    unused = [name]
    monkeypatch.setattr(schemas, "new_schema_name", unused.pop)
    SchemaTemplate.objects.all().delete()
    recorded = schemas.template_sql()
    assert not unused
    assert not standing(name)
    assert schemas.template_sql() == recorded
    assert SchemaTemplate.objects.count() == 1


def test_the_template_names_no_schema() -> None:
    """It runs wherever the search_path points."""
    assert '"t_' not in schemas.template_sql()
    assert "public." not in schemas.template_sql()


def test_a_schemas_name_says_nothing_about_its_tenant(acme: Tenancy) -> None:
    assert acme.schema_name.startswith("t_")
    assert len(acme.schema_name) == len("t_") + 16
    assert "acme" not in acme.schema_name


def test_dropping_takes_schema_and_role_and_may_be_repeated(acme: Tenancy) -> None:
    assert standing(acme.schema_name)
    drop_schema(acme.schema_name)
    assert not standing(acme.schema_name)
    drop_schema(acme.schema_name)


def test_dropping_one_tenants_schema_cannot_touch_anothers(acme: Tenancy, globex: Tenancy) -> None:
    """It is done as the tenant's own role."""
    with pytest.raises(DatabaseError), transaction.atomic("default"), connections["default"].cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {acme.schema_name}; DROP SCHEMA {globex.schema_name} CASCADE")
    drop_schema(acme.schema_name)
    assert rows(globex, "SELECT id FROM chat_room") == [("general",)]
