"""Tenants that were brought in, and what two of them have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from django.core.files.storage import storages
from django.db import connections, transaction

from tenants.directory import record_of
from tenants.models import Account
from tenants.portability.arriving import Arrived
from tenants.portability.contents import RoomHead, contents
from tenants.portability.tables import EXACTLY, rows_out, tables_here
from tenants.provisioning import NewTenant
from tenants.schemas import as_tenant_role
from tests.support.cast import Tenancy


def tenancy_of(arrived: Arrived) -> Tenancy:
    """As tests use a tenant; it has keys of its own."""
    owner = Account.objects.filter(memberships__tenant=arrived.tenant, memberships__role="owner").first()
    key = arrived.tenant.signing_keys.first()
    made = NewTenant(arrived.tenant, arrived.api_key, key, arrived.signing_secret, owner, False)
    return Tenancy(made, record_of(arrived.tenant))


def heads_of(tenant: Tenancy) -> dict[str, RoomHead]:
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(EXACTLY)
        with as_tenant_role(cursor, tenant.schema_name):
            return {head.room: head for head in contents().room_heads(connections["default"].connection)}


def tables_of(tenant: Tenancy) -> Mapping[str, tuple[int, str]]:
    """Of each table how many rows it has, and a hash of them."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(EXACTLY)
        with as_tenant_role(cursor, tenant.schema_name):
            connection = connections["default"].connection
            return {table.name: _hash_of(connection, table) for table in tables_here(connection)}


def _hash_of(connection: object, table: object) -> tuple[int, str]:
    hashed = hashlib.sha256()
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        with cursor.copy(rows_out(table, {})) as copy:  # type: ignore[arg-type]
            for chunk in copy:
                hashed.update(chunk)
        return cursor.rowcount, hashed.hexdigest()


def files_of(schema: str) -> dict[str, bytes]:
    """Path and content, of those below a folder."""
    folder = Path(storages["uploads"].path(schema))
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
