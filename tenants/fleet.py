"""Migrating every tenant: in order, resumable, a broken one not stopping the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, connections

from tenants.models import Tenant
from tenants.routers import SHARED, TENANT
from tenants.schemas import Migration, migrate_schema, pending_migrations, replay, replayable
from tenants.scope import SchemaOnly


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
    tenants = Tenant.objects.order_by("pk")
    if slugs is not None:
        tenants = tenants.filter(slug__in=slugs)
    recorded: dict[tuple[Migration, ...], str] = {}
    for slug, schema_name in tenants.values_list("slug", "schema_name"):
        with turn(schema_name):
            migrated = _migrate(slug, SchemaOnly(schema_name), recorded)
        yield migrated


def behind() -> list[str]:
    """Slugs of the tenants whose schema lacks a migration, or cannot be looked at."""
    tenants = Tenant.objects.order_by("pk").values_list("slug", "schema_name")
    return [slug for slug, schema_name in tenants if _is_behind(SchemaOnly(schema_name))]


def _is_behind(schema: SchemaOnly) -> bool:
    try:
        return bool(pending_migrations(schema))
    except DatabaseError:
        connections[TENANT].close()
        return True


@contextmanager
def turn(schema_name: str) -> Iterator[None]:
    """Runs that are under way at once, as when two instances start together, take turns at each tenant; so does whoever
    needs its tables to stay as they are."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [schema_name])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [schema_name])


def _migrate(slug: str, schema: SchemaOnly, recorded: dict[tuple[Migration, ...], str]) -> Migrated:
    try:
        pending = pending_migrations(schema)
        if not pending:
            return Migrated(slug, 0)
        if pending in recorded:
            replay(schema, recorded[pending])
        else:
            statements = migrate_schema(schema)
            if replayable(pending):
                recorded[pending] = statements
        return Migrated(slug, len(pending))
    except Exception as error:  # noqa: BLE001 - one broken tenant must not stop the rest, whatever broke it
        connections[TENANT].close()
        return Migrated(slug, 0, f"{type(error).__name__}: {error}".splitlines()[0])
