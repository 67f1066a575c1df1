"""A tenant's file, of one moment, while its people go on chatting.

Everything is read in one transaction whose snapshot stays; what it leaves to do afterwards is to copy the files that
it found named. A file that was removed meanwhile, with its message, is missing, and counted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.db import connections, transaction

from kit.crypto import Sealer
from kit.ids import opaque
from tenants.audit import record
from tenants.fleet import turn
from tenants.lifecycle import get_tenant
from tenants.models import Tenant
from tenants.portability import secrets, shared
from tenants.portability.archive import ArchiveWriter, Sink
from tenants.portability.contents import Masks, contents
from tenants.portability.masking import masked_bytes
from tenants.portability.pausing import Pauses
from tenants.portability.tables import EXACTLY, Table, filling_order, rows_out, tables_here
from tenants.records import TenantStatus
from tenants.routers import SHARED
from tenants.schemas import applied_migrations_here, as_tenant_role

Progress = Callable[[str], None]
_CHUNK = 1 << 18


def export_tenant(
    slug: str, to: Path, *, under: Sealer | None = None, masked: bool = False, progress: Progress = lambda _: None
) -> dict[str, Any]:
    """Write the file and return its manifest. With ``under`` its secrets are in it, sealed; ``masked``, nobody's name,
    words or files are. Raises ParleyError ``tenant_not_found``; OSError."""
    tenant = get_tenant(slug)
    with ArchiveWriter(to) as archive, tempfile.TemporaryFile("w+") as paths:
        with turn(tenant.schema_name):  # a migration that commits meanwhile may leave a snapshot with empty tables
            manifest = _Export(tenant, archive, progress, masked=masked).run(under, paths)
        progress("files")
        manifest["files"] = _write_files(archive, tenant.schema_name, paths, masked=masked)
        whole = archive.finish(manifest)
    record(tenant, "tenant.exported", after={"masked": masked, "secrets": under is not None})
    return whole


def export_shared(tenant: Tenant, to: Path, under: Sealer) -> None:
    """What the platform knows of it, and its secrets, as in a whole file; nothing of its conversation. Raises
    OSError."""
    with ArchiveWriter(to) as archive:
        archive.finish(_Export(tenant, archive, lambda _: None, masked=False).run_shared(under))


class _Export:
    def __init__(self, tenant: Tenant, archive: ArchiveWriter, progress: Progress, *, masked: bool) -> None:
        self._tenant, self._archive, self._progress, self._masked = tenant, archive, progress, masked

    def run(self, under: Sealer | None, paths: IO[str]) -> dict[str, Any]:
        """The manifest; the paths of the files, one a line."""
        with self._one_moment() as cursor:
            manifest = self._begin(under)
            with as_tenant_role(cursor, self._tenant.schema_name):
                connection = connections[SHARED].connection
                manifest |= {"migrations": applied_migrations_here(cursor), **self._write_schema(connection)}
                paths.writelines(f"{path}\n" for path in contents().paths(connection, masked=self._masked))
            self._write_secrets(cursor, under)
        return manifest

    def run_shared(self, under: Sealer) -> dict[str, Any]:
        with self._one_moment() as cursor:
            manifest = self._begin(under)
            self._write_secrets(cursor, under)
        return manifest

    @contextmanager
    def _one_moment(self) -> Iterator[Any]:
        with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute(EXACTLY)
            yield cursor

    def _begin(self, under: Sealer | None) -> dict[str, Any]:
        now = datetime.now(UTC)
        manifest = {"taken_at": now.isoformat(), "masked": self._masked, "slug": self._tenant.slug}
        return {**manifest, "secrets": under is not None, **self._write_shared(now)}

    def _write_secrets(self, cursor: Any, under: Sealer | None) -> None:
        if under is None:
            return
        with as_tenant_role(cursor, self._tenant.schema_name):
            connection = connections[SHARED].connection
            rows = secrets.secrets_in_rows(connection, tables_here(connection))
        with self._archive.member("secrets") as sink:
            sink.write(secrets.sealed({**secrets.credentials_of(self._tenant), "rows": rows}, under))

    def _write_shared(self, now: datetime) -> dict[str, Any]:
        tenant, masked = self._tenant, self._masked
        tenant.refresh_from_db()
        with self._archive.member("tenant.json") as sink:
            sink.write_line(
                {
                    "settings": shared.settings_of(tenant, masked=masked),
                    "suspended": tenant.status == TenantStatus.SUSPENDED,
                    "created_at": tenant.created_at,
                    "domains": [] if masked else shared.domains_of(tenant),
                    "team": shared.team_of(tenant, owners_only=masked),
                    "has_hook": bool(tenant.before_send),
                }
            )
        self._write_lines("usage.jsonl", shared.usage_of(tenant, now))
        if masked:
            return {"audit": None}
        standing, entries = shared.audit_of(tenant)
        self._write_lines("audit.jsonl", entries)
        return {"audit": standing}

    def _write_schema(self, connection: Any) -> dict[str, Any]:
        masks: Masks = contents().masks(opaque("salt")) if self._masked else {}
        written = []
        for table in (table for group in filling_order(tables_here(connection)) for table in group):
            if table.name in contents().remade or masks.get(table.name, {}) is None:
                continue
            self._progress(table.name)
            rows = self._write_rows(connection, table, masks)
            written.append({"name": table.name, "columns": table.column_names, "rows": rows})
        self._progress("rooms")
        if not self._masked:
            self._write_lines("rooms.jsonl", (head.as_told for head in contents().room_heads(connection)))
        return {"tables": written}

    def _write_rows(self, connection: Any, table: Table, masks: Masks) -> int:
        pauses = Pauses()
        with self._archive.member(f"tables/{table.name}") as sink, connection.cursor() as cursor:
            with cursor.copy(rows_out(table, masks.get(table.name) or {})) as copy:
                for chunk in copy:
                    sink.write(chunk)
                    pauses.rest_if_due()
            return int(cursor.rowcount)

    def _write_lines(self, name: str, values: Iterator[Any]) -> None:
        with self._archive.member(name) as sink:
            for value in values:
                sink.write_line(value)


def _write_files(archive: ArchiveWriter, schema: str, paths: IO[str], *, masked: bool) -> dict[str, int]:
    """All in one member, one behind the other, so that however many there are the archive's index stays small."""
    brought = missing = size = 0
    paths.seek(0)
    with tempfile.TemporaryFile() as index:
        listed = Sink(index)
        with archive.member("files", compressed=False) as sink:
            for path in map(str.rstrip, paths):
                try:
                    opened = contents().open_file(schema, path)
                except FileNotFoundError:
                    missing += 1
                    continue
                with closing(opened):
                    written = _write_file(sink, opened, masked=masked)
                listed.write_line({"path": path, **written})
                brought, size = brought + 1, size + written["bytes"]
        index.seek(0)
        with archive.member("files.jsonl") as sink:
            while chunk := index.read(_CHUNK):
                sink.write(chunk)
    return {"brought": brought, "missing": missing, "bytes": size}


def _write_file(archive: Sink, file: IO[bytes], *, masked: bool) -> dict[str, Any]:
    sink = Sink(archive)  # type: ignore[arg-type]
    while chunk := file.read(_CHUNK):
        sink.write(masked_bytes(len(chunk), first=sink.bytes == 0) if masked else chunk)
    return {"bytes": sink.bytes, "sha256": sink.sha256}
