"""What stays of a tenant that was removed: an entry of the platform's audit log that says who removed what, and when.

Its hash is the entry's digest, which covers all that it says and the entry before (``manage.py audit verify``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connections
from psycopg import sql

from tenants.audit import record
from tenants.models import AuditEntry, Tenant
from tenants.routers import SHARED


def certify_removal(tenant: Tenant) -> AuditEntry:
    """In the transaction that removes it, while its tables are there: they are counted row by row."""
    removed = {"schema": tenant.schema_name, "created_at": tenant.created_at, "rows": _rows(tenant.schema_name)}
    return record(None, "tenant.removed", f"tenant:{tenant.slug}", before=removed)


def as_told(entry: AuditEntry) -> Mapping[str, Any]:
    """The certificate, for whoever asked for the removal."""
    return {
        "tenant": entry.target.removeprefix("tenant:"),
        "removed_at": entry.at.isoformat(),
        "removed_by": entry.actor_id or entry.actor_kind,
        **(entry.before or {}),
        "entry": entry.number,
        "sha256": entry.digest,
    }


def _rows(schema: str) -> dict[str, int]:
    """Of each table that has any."""
    name = sql.Identifier(schema)
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [schema])
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(sql.SQL("SET LOCAL ROLE {}").format(name))
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY tablename", [schema])
        tables = [table for (table,) in cursor.fetchall()]
        counts = {table: _count(cursor, sql.Identifier(schema, table)) for table in tables}
        cursor.execute("RESET ROLE")
    return {table: count for table, count in counts.items() if count}


def _count(cursor: Any, table: sql.Identifier) -> int:
    cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(table))
    return int(cursor.fetchone()[0])
