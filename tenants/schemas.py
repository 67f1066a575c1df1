"""A tenant's schema and role: making, replaying, migrating, dropping.

Migrating a new schema step by step takes some 150 ms; the statements that it runs are the same each time, so they
are recorded once per set of migrations and replayed in one round trip.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython
from psycopg import sql

from kit.ids import opaque
from tenants.models import SchemaTemplate
from tenants.routers import SHARED, TENANT, tenant_app_labels
from tenants.scope import SchemaOnly, tenant_scope

Migration = tuple[str, str]
_CONCURRENTLY = re.compile(r"^((?:CREATE(?: UNIQUE)?|DROP) INDEX )CONCURRENTLY ", re.IGNORECASE)


def new_schema_name() -> str:
    return opaque("t")


def schema_beside(schema: str) -> str:
    """Where what is about to take a tenant's place is made ready, under the tenant's own role."""
    return f"{schema}_beside"


def schema_before(schema: str) -> str:
    """What a tenant was before it was restored, until that is confirmed."""
    return f"{schema}_before"


def schema_moving(schema: str) -> str:
    """What a move writes down for itself: keys of the rows that changed, and what keeps the tenant closed."""
    return f"{schema}_moving"


def create_schema(cursor: Any, schema: str) -> None:
    """Role, schema owned by it, and the login role's right to become it. Within the caller's transaction."""
    name = sql.Identifier(schema)
    cursor.execute(
        sql.SQL(
            "CREATE ROLE {name} NOLOGIN NOINHERIT; GRANT {name} TO CURRENT_USER; "
            "CREATE SCHEMA {name} AUTHORIZATION {name}"
        ).format(name=name)
    )


def drop_schema(schema: str) -> None:
    """Schema and role with all they hold. Does nothing where they are gone already."""
    name = sql.Identifier(schema)
    with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", (schema,))
        if not cursor.fetchone()[0]:
            return
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(name))
        for owned in (schema, schema_beside(schema), schema_before(schema), schema_moving(schema)):
            cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(owned)))
        cursor.execute(sql.SQL("RESET ROLE; DROP ROLE {}").format(name))


@contextmanager
def as_tenant_role(cursor: Any, schema: str) -> Iterator[None]:
    """Run the block's statements of an open transaction as the tenant's role in its schema."""
    cursor.execute("SELECT set_config('role', %s, true), set_config('search_path', %s, true)", (schema, schema))
    yield
    cursor.execute("SELECT set_config('role', 'none', true), set_config('search_path', 'public', true)")


# The template


def template_sql() -> str:
    """The statements that bring an empty schema to the newest migration; recorded now if they never were."""
    digest = _digest()
    found = SchemaTemplate.objects.filter(digest=digest).values_list("sql", flat=True).first()
    if found is not None:
        return found
    recorded = _record_template()
    SchemaTemplate.objects.get_or_create(digest=digest, defaults={"sql": recorded})
    return recorded


def _record_template() -> str:
    scratch = new_schema_name()
    with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
        create_schema(cursor, scratch)
    try:
        return migrate_schema(SchemaOnly(scratch))
    finally:
        connections[TENANT].close()
        drop_schema(scratch)


@cache
def _digest() -> str:
    """Names the code of all tenant migrations."""
    digest = hashlib.sha256()
    loader = MigrationLoader(None)
    for key in sorted(key for key in loader.graph.nodes if key[0] in tenant_app_labels()):
        source = Path(str(__import__(loader.disk_migrations[key].__module__, fromlist=["_"]).__file__))
        digest.update(repr(key).encode() + source.read_bytes())
    return digest.hexdigest()


# Migrating


def pending_migrations(schema: SchemaOnly) -> tuple[Migration, ...]:
    """What the schema lacks, in the order in which it is to be applied."""
    applied = _applied_migrations(schema)
    return tuple(key for key in all_migrations() if key not in applied)


def _applied_migrations(schema: SchemaOnly) -> set[Migration]:
    with tenant_scope(schema), connections[TENANT].cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
        return set(applied_migrations_here(cursor)) if cursor.fetchone()[0] else set()


def applied_migrations_here(cursor: Any) -> list[Migration]:
    """Of the schema that ``cursor`` is in, in the order in which they were applied."""
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
    return list(cursor.fetchall())


@cache
def all_migrations() -> tuple[Migration, ...]:
    """Of tenants, in the order in which they are applied."""
    graph = MigrationLoader(None).graph
    plan: dict[Migration, None] = {}
    for leaf in _newest_migrations():
        plan.update(dict.fromkeys(graph.forwards_plan(leaf)))
    return tuple(plan)


def _newest_migrations() -> list[Migration]:
    graph = MigrationLoader(None).graph
    return [key for key in graph.leaf_nodes() if key[0] in tenant_app_labels()]


def migrate_schema(schema: SchemaOnly, until: Migration | None = None) -> str:
    """Apply what is pending, or what it takes to come to ``until``, one transaction a migration. Returns the statements
    that did it, as they are run in one transaction: by then nobody writes who could be held up."""
    statements: list[str] = ["SET LOCAL check_function_bodies = off"]  # for the next: they have been checked here
    with tenant_scope(schema):
        connection = connections[TENANT]
        with connection.execute_wrapper(_recorder(statements)):
            MigrationExecutor(connection).migrate([until] if until else _newest_migrations())
    return ";\n".join(statements)


def replay(schema: SchemaOnly, statements: str) -> None:
    """Run recorded statements in one transaction, as the tenant."""
    with tenant_scope(schema), transaction.atomic(TENANT), connections[TENANT].cursor() as cursor:
        cursor.execute(statements)


def replayable(migrations: Sequence[Migration]) -> bool:
    """Whether statements recorded on one tenant do the same on another: no Python step that reads data, no step
    outside a transaction."""
    loader = MigrationLoader(None)
    found = [loader.disk_migrations[key] for key in migrations]
    return all(m.atomic for m in found) and not any(
        isinstance(operation, RunPython) for m in found for operation in m.operations
    )


def _recorder(statements: list[str]) -> Callable[..., Any]:
    def record(execute: Any, query: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not query.lstrip().upper().startswith("SELECT"):
            with context["connection"].connection.cursor() as scratch:
                statement = scratch.mogrify(query, params).strip().rstrip(";")
                statements.append(_CONCURRENTLY.sub(r"\1", statement))
        return execute(query, params, many, context)

    return record
