"""A tenant moves in from another installation: this side of it.

Until ``open`` it is an import like others, nobody's, in a schema of its own. Whoever is at the other end of the line
runs both: what comes is checked to be what was sent, and believed.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from psycopg import sql

from kit.crypto import Sealer
from kit.errors import TENANT_STATE, ParleyError
from tenants.domains import add_domain
from tenants.hosts import tenant_url
from tenants.models import Domain, Tenant, TenantImport
from tenants.portability.archive import Archive, refused
from tenants.portability.arriving import Arrived, secrets_in, settle_in
from tenants.portability.changes import Changes
from tenants.portability.contents import contents
from tenants.portability.files import is_path
from tenants.portability.following import copied, counts, sums
from tenants.portability.importing import alone, discard_import, inside, load, refusing_what_is_wrong
from tenants.portability.tables import Table, rows_in, rows_out, set_sequences, set_triggers, with_keys
from tenants.portability.wire import Frame, LineLost, Wire
from tenants.provisioning import check_new_slug
from tenants.routers import SHARED
from tenants.schemas import migrate_schema
from tenants.scope import SchemaOnly

Progress = Callable[[str], None]
_IN_MEMORY = 1 << 20


def receive_tenant(wire: Wire, *, slug: str = "", progress: Progress = lambda _: None) -> None:
    """Do what is asked until the line ends, or something is refused. ``slug``: in place of the one that it has."""
    with ExitStack() as held:
        receiving = _Receiving(wire, slug, progress, held)
        try:
            while (frame := wire.next()) is not None:
                receiving.answer(frame)
        except ParleyError as refusal:
            wire.send("refused", code=refusal.code.name, detail=refusal.detail)
        except LineLost:
            progress("The line was lost.")


class _Receiving:
    def __init__(self, wire: Wire, slug: str, progress: Progress, held: ExitStack) -> None:
        self._wire, self._slug, self._progress, self._held = wire, slug, progress, held
        self._arriving: TenantImport | None = None
        self._followed: Changes | None = None
        self._answers: dict[str, Callable[[Frame], None]] = {
            "place": self._place,
            "arrive": self._arrive,
            "resume": self._resume,
            "changes": self._change,
            "sums": self._sum,
            "complete": self._complete,
            "open": self._open,
            "discard": self._discard,
        }

    def answer(self, frame: Frame) -> None:
        """Raises ParleyError, LineLost."""
        if frame.kind not in self._answers:
            raise refused(f"nothing here is called {frame.kind[:40]!r}")
        self._answers[frame.kind](frame)

    def _place(self, frame: Frame) -> None:
        """Where it will be, unless its name is taken."""
        self._slug = self._slug or str(frame.told["slug"])
        check_new_slug(self._slug)
        self._wire.send("place", url=tenant_url(self._slug))

    def _arrive(self, frame: Frame) -> None:
        with self._archive() as archive:
            self._held.enter_context(alone(archive.seal))
            with refusing_what_is_wrong(archive.seal):
                self._arriving = load(archive, self._progress)
        self._stand_ready()

    def _resume(self, frame: Frame) -> None:
        """What was begun, if it can be gone on with."""
        schema = str(frame.told["schema"])
        found = self._found(schema)
        if found is not None and found.loaded:
            self._arriving = found
            self._stand_ready()
        elif (tenant := Tenant.objects.filter(schema_name=schema).first()) is not None:
            self._wire.send("open", url=tenant.url)
        else:
            self._wire.send("unknown")

    def _stand_ready(self) -> None:
        """To be followed: as it is there, without triggers of ours."""
        self._changes.prepare()
        with inside(self._schema) as connection:
            set_triggers(connection, self._changes.tables, on=False)
            paths = list(contents().paths(connection, masked=False))
        self._wire.send("arrived", json.dumps(paths).encode(), schema=self._schema)

    def _change(self, _: Frame) -> None:
        """To a moment of the other place, in one transaction."""
        tables = {table.name: table for table in self._changes.tables}
        with refusing_what_is_wrong(self._known.seal), inside(self._schema) as connection:
            while (frame := self._wire.receive()).kind != "apply":
                if frame.kind == "table":
                    self._change_rows(connection, tables.get(str(frame.told["name"])), frame.told["columns"])
                else:
                    self._change_file(frame)
        self._known.save(update_fields=["touched_at"])
        self._wire.send("applied")

    def _change_rows(self, connection: Any, table: Table | None, columns: list[str]) -> None:
        if table is None or table.column_names != columns:
            raise refused("its tables are not those of its release")
        noted = self._changes.noted(table)
        _copy_in(connection, sql.SQL("COPY {} FROM STDIN").format(noted), self._wire.receive_stream())
        connection.execute(sql.SQL("ANALYZE {}").format(noted))
        gone = sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier(table.name), with_keys(table, noted))
        connection.execute(gone)
        sent = _copy_in(connection, rows_in(table), self._wire.receive_stream())
        if sent != _digest(copied(connection, rows_out(table, {}, noted))):
            raise refused(f"{table.name} did not come out as it went in")
        connection.execute(sql.SQL("DELETE FROM {}").format(noted))

    def _change_file(self, frame: Frame) -> None:
        path = str(frame.told.get("path"))
        if not is_path(path):
            raise refused("a file's path is none of ours")
        if frame.kind == "gone":
            contents().discard_file(self._schema, path)
            return
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            for piece in self._wire.receive_stream():
                spool.write(piece)
            contents().keep_file(self._schema, path, spool)

    def _sum(self, _: Frame) -> None:
        with inside(self._schema) as connection:
            found = sums(connection, self._changes.tables)
        self._wire.send("sums", json.dumps(found).encode())

    def _complete(self, _: Frame) -> None:
        """Nothing will follow: counted, then made what this release has."""
        with inside(self._schema) as connection:
            found = counts(connection, self._changes.tables)
            set_sequences(connection, self._changes.tables)
            set_triggers(connection, self._changes.tables, on=True)
        self._changes.end()
        migrate_schema(SchemaOnly(self._schema))
        self._wire.send("complete", json.dumps(found).encode())

    def _open(self, frame: Frame) -> None:
        with self._archive() as archive:
            arrived = self._settled(archive, frame)
        self._wire.send("open", url=arrived.tenant.url, left=arrived.left, invitations=arrived.invitations)

    def _settled(self, archive: Archive, frame: Frame) -> Arrived:
        slug = self._slug or str(archive.manifest["slug"])
        with refusing_what_is_wrong(self._known.seal), transaction.atomic(SHARED):
            brought = secrets_in(archive, Sealer([frame.told["key"]]))
            arrived = settle_in(archive, self._known, slug, brought, moved=True)
            for host in map(str, frame.told["hosts"]):
                _bring_host(arrived, host)
        return arrived

    def _discard(self, frame: Frame) -> None:
        schema = str(frame.told["schema"])
        found = self._found(schema)
        if found is not None:
            discard_import(found.seal)
        elif Tenant.objects.filter(schema_name=schema).exists():
            raise ParleyError(TENANT_STATE, "It is open here.")
        self._wire.send("discarded")

    def _found(self, schema: str) -> TenantImport | None:
        """For us alone. Raises ParleyError ``tenant_state`` while somebody else is at it."""
        found = TenantImport.objects.filter(schema_name=schema).first()
        if found is not None:
            self._held.enter_context(alone(found.seal))
            return TenantImport.objects.filter(schema_name=schema).first()  # it may have been opened meanwhile
        return None

    @contextmanager
    def _archive(self) -> Iterator[Archive]:
        """The one that is sent next."""
        with tempfile.NamedTemporaryFile(prefix="parley-move-") as file:
            for piece in self._wire.receive_stream():
                file.write(piece)
            file.flush()
            with Archive(Path(file.name)) as archive:
                yield archive

    @property
    def _known(self) -> TenantImport:
        if self._arriving is None:
            raise refused("nothing has arrived")
        return self._arriving

    @property
    def _schema(self) -> str:
        return self._known.schema_name

    @property
    def _changes(self) -> Changes:
        if self._followed is None:
            self._followed = Changes(self._schema)
        return self._followed


def _copy_in(connection: Any, statement: sql.Composed, pieces: Iterator[bytes]) -> str:
    """Returns the SHA-256 of what went in."""
    hashed = hashlib.sha256()
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in pieces:
            hashed.update(piece)
            copy.write(piece)
    return hashed.hexdigest()


def _digest(pieces: Iterator[bytes]) -> str:
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
    return hashed.hexdigest()


def _bring_host(arrived: Arrived, host: str) -> None:
    """Who runs both places answers for it: it serves as soon as its name leads here."""
    try:
        domain = add_domain(arrived.tenant, host)
    except ParleyError as refusal:
        if host != arrived.tenant.host:
            arrived.left.append(f"the host {host[:253]}: {refusal.detail}")
        return
    Domain.objects.filter(pk=domain.pk).update(verified_at=timezone.now(), token="")
