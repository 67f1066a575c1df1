"""Migrations that wait, of the public schema and of tenants'."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from console.doctor.finding import Finding, fail, ok
from tenants.fleet import behind
from tenants.routers import SHARED

_SHOWN = 5


def check() -> Iterator[Finding]:
    executor = MigrationExecutor(connections[SHARED])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        names = ", ".join(str(migration) for migration, _ in plan[:_SHOWN])
        yield fail(f"{len(plan)} migrations of the public schema wait: {names}", "manage.py migrate")
    else:
        yield ok("The public schema is up to date")
    slugs = behind()
    if slugs:
        yield fail(f"{len(slugs)} tenants' schemas are behind: {', '.join(slugs[:_SHOWN])}", "manage.py tenant migrate")
    else:
        yield ok("All tenants' schemas are up to date")
