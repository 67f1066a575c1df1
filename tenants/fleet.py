"""Migrating every tenant beside servers that go on serving it: in order, resumable, a broken one not stopping the rest.

A migration waits for a lock at most two seconds, for whoever writes meanwhile waits behind it; then it steps back and
tries again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, OperationalError, connections
from django.db.models import QuerySet
from psycopg import errors, sql

from tenants.models import Tenant
from tenants.records import TenantStatus
from tenants.routers import SHARED, TENANT
from tenants.schemas import Migration, migrate_schema, pending_migrations, replay, replayable
from tenants.scope import SchemaOnly, tenant_scope

_LOCK_TIMEOUT = "2s"
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Migrated:
    """What became of one tenant: nothing to do (0 applied), brought along, or broken (``error`` says why)."""

    slug: str
    applied: int
    error: str = ""


def migrate_tenants(slugs: list[str] | None = None) -> Iterator[Migrated]:
    """Bring tenants to the newest migration, oldest first, each in transactions of its own.

    The statements of the first tenant to take a given step are replayed on the others. Run it again after an
    interruption or a repair: tenants that are done have nothing pending.
    """
    recorded: dict[tuple[Migration, ...], str] = {}
    for slug, schema_name in _tenants(slugs).values_list("slug", "schema_name"):
        with turn(schema_name):
            migrated = _migrate(slug, SchemaOnly(schema_name), recorded)
        yield migrated


def behind() -> list[str]:
    """Slugs of the tenants whose schema lacks a migration, or cannot be looked at."""
    tenants = _tenants(None).values_list("slug", "schema_name")
    return [slug for slug, schema_name in tenants if _is_behind(SchemaOnly(schema_name))]


def _is_behind(schema: SchemaOnly) -> bool:
    try:
        return bool(pending_migrations(schema))
    except DatabaseError:
        connections[TENANT].close()
        return True


def count_tenants(slugs: list[str] | None = None) -> int:
    return _tenants(slugs).count()


def _tenants(slugs: list[str] | None) -> QuerySet[Tenant]:
    """One that has moved away stays as it left."""
    tenants: QuerySet[Tenant] = Tenant.objects.exclude(status=TenantStatus.MOVED.value).order_by("pk")
    return tenants if slugs is None else tenants.filter(slug__in=slugs)


@contextmanager
def turn(schema_name: str) -> Iterator[None]:
    """Runs that are under way at once, as when two instances start together, take turns at each tenant; so does whoever
    needs its tables to stay as they are.

    Asking for the lock again and again: a statement that waits for it has a snapshot, and ``CREATE INDEX CONCURRENTLY``
    of whoever holds it would wait for that.
    """
    while True:
        with turn_if_free(schema_name) as ours:
            if ours:
                yield
                return
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def turn_if_free(schema_name: str) -> Iterator[bool]:
    """Whether it is ours, for as long as the block lasts."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [schema_name])
        [ours] = cursor.fetchone()
        try:
            yield ours
        finally:
            if ours:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [schema_name])


def _migrate(slug: str, schema: SchemaOnly, recorded: dict[tuple[Migration, ...], str]) -> Migrated:
    try:
        pending = pending_migrations(schema)
        if not pending:
            return Migrated(slug, 0)
        with _patient(schema):
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    _bring_along(schema, recorded)
                    break
                except OperationalError as error:
                    if not isinstance(error.__cause__, errors.LockNotAvailable) or attempt == _ATTEMPTS:
                        raise
                    time.sleep(_PAUSE_SECONDS)
        return Migrated(slug, len(pending))
    except Exception as error:  # noqa: BLE001 - one broken tenant must not stop the rest, whatever broke it
        connections[TENANT].close()
        return Migrated(slug, 0, f"{type(error).__name__}: {error}".splitlines()[0])


@contextmanager
def _patient(schema: SchemaOnly) -> Iterator[None]:
    with tenant_scope(schema), connections[TENANT].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_TIMEOUT])
    yield
    with tenant_scope(schema), connections[TENANT].cursor() as cursor:
        cursor.execute("RESET lock_timeout")


def _bring_along(schema: SchemaOnly, recorded: dict[tuple[Migration, ...], str]) -> None:
    _drop_half_made_indexes(schema)
    pending = pending_migrations(schema)
    if pending in recorded:
        replay(schema, recorded[pending])
        return
    statements = migrate_schema(schema)
    if replayable(pending):
        recorded[pending] = statements


def _drop_half_made_indexes(schema: SchemaOnly) -> None:
    """What is left of ``CREATE INDEX CONCURRENTLY`` where that was interrupted."""
    with tenant_scope(schema), connections[TENANT].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
        )
        for (index,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
