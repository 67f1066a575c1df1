"""Provisioning: a tenant's beginning with few and many others there, and bringing them all along."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connections, transaction

from tenants.models import Tenant
from tenants.provisioning import create_tenant
from tenants.routers import SHARED, TENANT
from tenants.schemas import create_schema, drop_schema, migrate_schema, new_schema_name
from tenants.scope import SchemaOnly
from tests.bench.pace import Pace
from tests.bench.process import ROOT
from tests.bench.report import Table, ratio
from tests.bench.systems import System

_LEVELS = (1, 100, 500)
_TRIES = 10


def provisioning(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    """The full number of tenants is made once; creating is repeated at each level."""
    levels = [
        {"tenants": _fill_up(pace.count(level) if level > 1 else 1), **_create_and_migrate()} for level in _LEVELS
    ]
    return {"levels": levels, "fleet": migrate_fleet()}


def _fill_up(level: int) -> int:
    while Tenant.objects.count() < level:
        create()
    return Tenant.objects.count()


def create() -> None:
    create_tenant(f"p-{secrets.token_hex(6)}", name="Provisioned", owner_email="owner@example.test")


def _create_and_migrate() -> dict[str, list[float]]:
    """Milliseconds of each try."""
    return {
        "replayed": [_timed(create) for _ in range(_TRIES)],
        "step_by_step": [_migrated() for _ in range(_TRIES)],
    }


def _migrated() -> float:
    schema = new_schema_name()

    def migrate() -> None:
        with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
            create_schema(cursor, schema)
        migrate_schema(SchemaOnly(schema))

    try:
        return _timed(migrate)
    finally:
        connections[TENANT].close()
        drop_schema(schema)


def _timed(work: Any) -> float:
    begun = perf_counter()
    work()
    return (perf_counter() - begun) * 1000


def migrate_fleet() -> dict[str, float]:
    """Seconds of ``tenant migrate``, with one new migration and with none."""
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.bench.addition.settings"}
    command = [sys.executable, "manage.py", "tenant", "migrate"]

    def migrate() -> None:
        subprocess.run(command, cwd=ROOT, env=settings, check=True, stdout=subprocess.DEVNULL)

    return {
        "tenants": Tenant.objects.count(),
        "one_migration_s": _timed(migrate) / 1000,
        "nothing_to_do_s": _timed(migrate) / 1000,
    }


def table(rows: dict[str, Any]) -> Table:
    lines: list[list[Any]] = []
    for level in rows["levels"]:
        replayed, stepped = median(level["replayed"]), median(level["step_by_step"])
        lines.append([f"create, {level['tenants']} tenants there", replayed, stepped, ratio(stepped, replayed)])
    fleet = rows["fleet"]
    for figure in ("one_migration_s", "nothing_to_do_s"):
        what = figure.removesuffix("_s").replace("_", " ")
        lines.append([f"tenant migrate over {fleet['tenants']}: {what}", fleet[figure] * 1000, None, None])
    return Table("Provisioning: milliseconds", ["", "Parley", "step by step", "ratio"], lines)
