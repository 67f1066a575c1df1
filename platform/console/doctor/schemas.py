"""Schemas, roles and tenants' rows: none without the others."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections

from console.doctor.finding import Finding, fail, ok, warn
from tenants.routers import SHARED

_SHOWN = 5
_MADE_BY_US = r"^t_[a-z2-7]{16}$"


def check() -> Iterator[Finding]:
    with connections[SHARED].cursor() as cursor:
        cursor.execute(_ORPHANS, {"ours": _MADE_BY_US})
        schemas, roles, without_schema, without_role = cursor.fetchone()
    faults = [*_left_over(schemas, roles), *_missing(without_schema, without_role)]
    yield from faults or [ok("Each tenant has its schema and its role, and no other is there")]


# Roles are the whole server's: those of another database's tenants have nothing here, and are no orphans for that.
_ORPHANS = """
    WITH tenant AS (SELECT slug, schema_name AS name FROM tenants_tenant),
        known AS (SELECT name FROM tenant UNION SELECT schema_name FROM tenants_tenantimport),
        schema AS (SELECT nspname AS name, nspowner AS owner FROM pg_namespace WHERE nspname ~ %(ours)s),
        role AS (SELECT rolname AS name, oid FROM pg_roles WHERE rolname ~ %(ours)s)
    SELECT
        ARRAY(SELECT name::text FROM schema WHERE name NOT IN (SELECT name FROM known) ORDER BY 1),
        ARRAY(
            SELECT name::text FROM role
            WHERE name NOT IN (SELECT name FROM known) AND name NOT IN (SELECT name FROM schema)
                AND NOT EXISTS (
                    SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = role.oid
                )
            ORDER BY 1
        ),
        ARRAY(SELECT slug::text FROM tenant WHERE name NOT IN (SELECT name FROM schema) ORDER BY 1),
        ARRAY(SELECT slug::text FROM tenant WHERE name NOT IN (SELECT name FROM role) ORDER BY 1)
"""


def _left_over(schemas: list[str], roles: list[str]) -> Iterator[Finding]:
    if schemas:
        advice = "See whose they were, then DROP SCHEMA … CASCADE and DROP ROLE … as that role."
        yield warn(f"{len(schemas)} schemas are no tenant's: {_some(schemas)}", advice)
    if roles:
        yield warn(f"{len(roles)} roles are no tenant's: {_some(roles)}", "DROP ROLE …")


def _missing(without_schema: list[str], without_role: list[str]) -> Iterator[Finding]:
    if without_schema:
        advice = "Restore the tenant from a backup."
        yield fail(f"{len(without_schema)} tenants have no schema: {_some(without_schema)}", advice)
    if without_role:
        advice = "Restore roles as well: pg_dumpall --roles-only."
        yield fail(f"{len(without_role)} tenants have no role: {_some(without_role)}", advice)


def _some(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
