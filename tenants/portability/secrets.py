"""A tenant's secrets in a file of their own kind: opened here, sealed under a key that whoever brings the file has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from psycopg import sql

from kit.crypto import Sealer, Unsealable
from kit.errors import INVALID, ParleyError
from tenants.models import ApiKey, SigningKey, Tenant
from tenants.portability.shared import columns_of
from tenants.portability.tables import Table


def sealer_from(path: Path) -> Sealer:
    """Of a file with a Fernet key, as ENCRYPTION_KEYS has them. Raises ParleyError ``invalid``, OSError."""
    try:
        return Sealer([path.read_text(encoding="ascii").strip()])
    except ValueError:
        raise ParleyError(INVALID, f"{path} must hold a key: 32 bytes in URL-safe base64, on one line.") from None


def credentials_of(tenant: Tenant) -> dict[str, Any]:
    """Keys that are in force, and the hook, opened."""
    keys = SigningKey.objects.filter(tenant=tenant, revoked_at__isnull=True)
    api_keys = ApiKey.objects.filter(tenant=tenant, revoked_at__isnull=True)
    return {
        "signing_keys": [_opened(columns_of(key, "tenant_id")) for key in keys],
        "api_keys": [columns_of(key, "id", "tenant_id") for key in api_keys],
        "before_send": _opened(tenant.before_send),
    }


def secrets_in_rows(connection: Any, tables: list[Table]) -> dict[str, list[list[str]]]:
    """What is sealed in the tenant's tables, opened: of each table, key and secrets of its rows. The connection is in
    its schema."""
    return {table.name: _rows(connection, table) for table in tables if _sealed_columns(table)}


def sealed(secrets: dict[str, Any], under: Sealer) -> bytes:
    return under.seal(json.dumps(secrets, default=str)).encode()


def opened(sealed: bytes, under: Sealer) -> dict[str, Any]:
    """What was ``sealed``. Raises ParleyError ``invalid`` with another key."""
    try:
        secrets: dict[str, Any] = json.loads(under.open(sealed.decode("ascii")))
    except Unsealable:
        raise ParleyError(INVALID, "The file's secrets are sealed under another key.") from None
    return secrets


def restore_rows(connection: Any, tables: list[Table], rows: dict[str, Any]) -> None:
    for table in tables:
        columns = _sealed_columns(table)
        for key, *values in rows.get(table.name, ()):
            assignments = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns)
            statement = sql.SQL("UPDATE {} SET {} WHERE {} = %s").format(
                sql.Identifier(table.name), assignments, sql.Identifier(*table.key)
            )
            connection.execute(statement, [*(seal(value) for value in values), key])


def seal(secret: str) -> str:
    """For this server; what is empty stays so."""
    return _here().seal(secret) if secret else ""


def resealed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: seal(value) if name.startswith("sealed_") else value for name, value in values.items()}


def _opened(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _open(value) if name.startswith("sealed_") else value for name, value in values.items()}


def _open(sealed: str) -> str:
    return _here().open(sealed) if sealed else ""


def _rows(connection: Any, table: Table) -> list[list[str]]:
    columns = sql.SQL(", ").join(map(sql.Identifier, [*table.key, *_sealed_columns(table)]))
    rows = connection.execute(sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(table.name)))
    return [[key, *map(_open, sealed)] for key, *sealed in rows]


def _sealed_columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.is_sealed]


def _here() -> Sealer:
    return Sealer(settings.ENCRYPTION_KEYS)
