"""A tenant out of a file that somebody brought.

Its schema is filled table by table, each in a transaction of its own, while it is nobody's yet: what is not empty is
done, so whoever is killed goes on by being run again. Then all is read back and must be, byte for byte, what the file
says. Only the last transaction makes a tenant of it. What is refused leaves nothing behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import structlog
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connections, transaction
from django.utils import timezone
from psycopg import sql

from kit.crypto import Sealer
from kit.errors import FILE_REFUSED, SLUG_TAKEN, TENANT_STATE, ParleyError
from tenants.models import TenantImport
from tenants.portability.archive import Archive, refused
from tenants.portability.arriving import Arrived, secrets_in, settle_in
from tenants.portability.contents import contents
from tenants.portability.files import bring_files
from tenants.portability.pausing import Pauses
from tenants.portability.tables import (
    EXACTLY,
    Table,
    filling_order,
    rows_in,
    rows_out,
    set_sequences,
    set_triggers,
    tables_here,
)
from tenants.provisioning import check_new_slug
from tenants.routers import SHARED, TENANT
from tenants.schemas import (
    all_migrations,
    as_tenant_role,
    create_schema,
    drop_schema,
    migrate_schema,
    new_schema_name,
    pending_migrations,
    replay,
    template_sql,
)
from tenants.scope import SchemaOnly

log = structlog.get_logger(__name__)

Progress = Callable[[str], None]
_ABANDONED_AFTER = timedelta(days=1)
_WRONG = (psycopg.DataError, psycopg.IntegrityError, DataError, IntegrityError, ValidationError)
_WRONG_SHAPE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def import_tenant(
    path: Path, slug: str | None = None, *, under: Sealer | None = None, progress: Progress = lambda _: None
) -> Arrived:
    """Bring it in as ``slug``, or as what it was called. With ``under`` its secrets come along.

    Raises ParleyError ``file_refused``, ``slug_taken`` (and what else a slug may be), ``tenant_state`` while the same
    file is being brought in by somebody else, ``invalid`` for another key; OSError.
    """
    with Archive(path) as archive:
        name = slug or str(archive.manifest.get("slug"))
        check_new_slug(name)
        brought = secrets_in(archive, under)
        with alone(archive.seal), refusing_what_is_wrong(archive.seal):
            arriving = load(archive, progress)
            progress("migrations")
            migrate_schema(SchemaOnly(arriving.schema_name))
            progress("tenant")
            return settle_in(archive, arriving, name, brought)


def load(archive: Archive, progress: Progress) -> TenantImport:
    """Its tables and files, verified, in a schema that is nobody's yet and has the archive's migrations. The caller is
    ``alone`` with it. What the archive itself is to blame for is raised as it comes: ``refusing_what_is_wrong``."""
    arriving = _begun(archive.seal)
    if not arriving.loaded:
        _Loading(archive, arriving, progress).run()
    return arriving


def clear_abandoned() -> int:
    """Take away what nobody went on with for a day. Returns how many that were."""
    idle = TenantImport.objects.filter(touched_at__lt=timezone.now() - _ABANDONED_AFTER)
    cleared = 0
    for seal in list(idle.values_list("seal", flat=True)):
        with suppress(ParleyError), alone(seal):
            discard_import(seal)
            cleared += 1
    return cleared


@contextmanager
def alone(seal: str) -> Iterator[None]:
    """Raises ParleyError ``tenant_state`` while somebody else is at it. The lock is the connection's: a process that is
    killed still holds it until PostgreSQL has ended its last statement."""
    with connections[SHARED].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"import:{seal}"])
        if not cursor.fetchone()[0]:
            raise ParleyError(TENANT_STATE, "This file is being brought in already.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"import:{seal}"])


@contextmanager
def refusing_what_is_wrong(seal: str) -> Iterator[None]:
    """What the file itself is to blame for ends its import for good."""
    try:
        yield
    except ParleyError as refusal:
        if refusal.code is SLUG_TAKEN:  # it may go on under another
            raise
        discard_import(seal)
        raise refusal if refusal.code is FILE_REFUSED else refused(refusal.detail) from refusal
    except (*_WRONG, *_WRONG_SHAPE) as wrong:
        log.warning("portability.refused", error=type(wrong).__name__, exc_info=True)
        discard_import(seal)
        raise refused("what is in it is not as a tenant's tables have it") from wrong


def _begun(seal: str) -> TenantImport:
    known = TenantImport.objects.filter(seal=seal).first()
    if known is not None:
        known.save(update_fields=["touched_at"])
        return known
    with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
        arriving = TenantImport.objects.create(seal=seal, schema_name=new_schema_name())
        create_schema(cursor, arriving.schema_name)
    return arriving


def discard_import(seal: str) -> None:
    """Nothing is left of it. The caller is ``alone`` with it."""
    arriving = TenantImport.objects.filter(seal=seal).first()
    if arriving is None:
        return
    connections[TENANT].close()
    contents().discard_files(arriving.schema_name)
    drop_schema(arriving.schema_name)
    arriving.delete()


class _Loading:
    def __init__(self, archive: Archive, arriving: TenantImport, progress: Progress) -> None:
        self._archive, self._arriving, self._progress = archive, arriving, progress
        self._schema = arriving.schema_name
        self._listed: dict[str, dict[str, Any]] = {table["name"]: table for table in archive.manifest["tables"]}

    def run(self) -> None:
        self._bring_schema_to(tuple((app, name) for app, name in self._archive.manifest["migrations"]))
        with inside(self._schema) as connection:
            tables = self._brought(tables_here(connection))
        for group in filling_order(tables):
            self._fill(group)
            self._arriving.save(update_fields=["touched_at"])
        self._progress("files")
        bring_files(self._archive, self._schema)
        self._progress("verification")
        with inside(self._schema) as connection:
            for table in tables:
                self._verify(connection, table)
            self._verify_rooms(connection)
            set_sequences(connection, tables)
            set_triggers(connection, tables, on=True)
            for table in tables:
                connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))
        self._arriving.loaded = True
        self._arriving.save(update_fields=["loaded", "touched_at"])

    def _bring_schema_to(self, wanted: Sequence[tuple[str, str]]) -> None:
        """As it was where it came from; what is newer here follows when it is filled."""
        known = all_migrations()
        if not wanted or known[: len(wanted)] != wanted:
            raise refused("it is of a newer release, or of none")
        schema = SchemaOnly(self._schema)
        pending = pending_migrations(schema)
        if pending == known == wanted:
            replay(schema, template_sql())
        elif wanted[-1] in pending:
            migrate_schema(schema, wanted[-1])

    def _brought(self, tables: Sequence[Table]) -> list[Table]:
        """Those of the file, by what this schema says of them."""
        masks = contents().masks("") if self._archive.manifest["masked"] else {}
        left = {*contents().remade, *(name for name, mask in masks.items() if mask is None)}
        unknown = self._listed.keys() - {table.name for table in tables}
        missing = {table.name for table in tables} - self._listed.keys() - left
        if unknown or missing:
            raise refused("its tables are not those of its release")
        brought = [table for table in tables if table.name in self._listed]
        for table in brought:
            if self._listed[table.name]["columns"] != table.column_names:
                raise refused(f"the columns of {table.name} are not those of its release")
        return brought

    def _fill(self, group: Sequence[Table]) -> None:
        with inside(self._schema) as connection:
            if any(map(partial(_has_rows, connection), group)):
                return
            set_triggers(connection, group, on=False)
            pauses = Pauses()
            for table in group:
                self._progress(table.name)
                with connection.cursor() as cursor, cursor.copy(rows_in(table)) as copy:
                    for chunk in self._archive.chunks(f"tables/{table.name}"):
                        copy.write(chunk)
                        pauses.rest_if_due()

    def _verify(self, connection: Any, table: Table) -> None:
        hashed, pauses = hashlib.sha256(), Pauses()
        with connection.cursor() as cursor:
            with cursor.copy(rows_out(table, {})) as copy:
                for chunk in copy:
                    hashed.update(chunk)
                    pauses.rest_if_due()
            rows = cursor.rowcount
        expected = self._archive.sha256(f"tables/{table.name}"), self._listed[table.name]["rows"]
        if (hashed.hexdigest(), rows) != expected:
            raise refused(f"{table.name} did not come out as it went in")

    def _verify_rooms(self, connection: Any) -> None:
        if self._archive.manifest["masked"]:
            return
        told = self._archive.lines("rooms.jsonl")
        for head in contents().room_heads(connection):
            if next(told, None) != head.as_told:
                raise refused(f"room {head.room[:64]!r} is not what the file says")
        if next(told, None) is not None:
            raise refused("rooms are missing")


@contextmanager
def inside(schema: str) -> Iterator[Any]:
    """A transaction under the role of a schema that is being filled."""
    with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor:
        cursor.execute(EXACTLY)
        with as_tenant_role(cursor, schema):
            yield connections[SHARED].connection


def _has_rows(connection: Any, table: Table) -> bool:
    found = connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table.name)))
    return found.fetchone() is not None
