"""Taking a backup of a living server: a base that WAL can be rolled forward from, people's files, and how far each room
was at a moment that a rehearsal can come back to."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from console.backups.files import keep_files
from console.backups.programs import BackupError, run
from console.backups.store import FORMAT, Backup, Store, is_archived
from tenants.connections import connection_parameters
from tenants.models import Tenant
from tenants.portability.contents import RoomHead, contents

Say = Callable[[str], object]
_ARCHIVE_SECONDS = 120.0
_BREATH = 0.1
_ATTEMPTS = 300


def take_backup(store: Store, say: Say) -> Backup:
    """Raises BackupError; what it had made by then is removed."""
    with connected_to_server() as server:
        _check_archives(server)
        began_at = datetime.now(UTC)
        name = f"{began_at:%Y%m%dT%H%M%SZ}"
        unfinished = Backup(store.folder / "backups" / f".{name}")
        unfinished.base.mkdir(mode=0o700, parents=True)
        try:
            say("the database")
            _copy_base(server, unfinished.base)
            say("how far each room is")
            lsn = _write_heads(unfinished, server, say)
            say("files")
            counts = keep_files(store, unfinished)
            last_wal = flush_wal(store, server)
            manifest = {"format": FORMAT, "release": settings.VERSION, "began_at": began_at.isoformat(), "lsn": lsn}
            manifest |= {"ended_at": datetime.now(UTC).isoformat(), "last_wal": last_wal, "files": counts}
            manifest |= {"first_wal": _first_wal(unfinished.base), **_about(server)}
            (unfinished.folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
            unfinished.seal()
            whole = Backup(unfinished.folder.rename(store.folder / "backups" / name))
        except BaseException:
            shutil.rmtree(unfinished.folder, ignore_errors=True)
            raise
    whole.check()
    store.check_wal(whole)
    return whole


def connected_to_server() -> psycopg.Connection[tuple[Any, ...]]:
    """As a role that may replicate. Raises BackupError."""
    try:
        return psycopg.connect(**server_parameters(), autocommit=True)
    except psycopg.OperationalError as error:
        raise BackupError(f"The server does not answer: {error}".strip()) from None


def server_parameters() -> dict[str, Any]:
    """libpq's."""
    url = settings.BACKUP_DATABASE_URL
    return {**conninfo_to_dict(url), "connect_timeout": 10} if url else connection_parameters()


def flush_wal(store: Store, server: psycopg.Connection[Any]) -> str:
    """Have all that is committed by now archived, and one commit more: PostgreSQL stops at a moment only when it has
    seen a later one. Returns the last segment. Raises BackupError where it does not come."""
    server.execute("SELECT pg_current_xact_id()")
    [[segment]] = server.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
    deadline = time.monotonic() + _ARCHIVE_SECONDS
    while not is_archived(store.wal / segment):
        if time.monotonic() > deadline:
            raise BackupError(
                f"PostgreSQL does not bring its WAL to {store.wal}: {segment} is not there after"
                f" {_ARCHIVE_SECONDS:.0f} s. Look at archive_command, and at pg_stat_archiver."
            )
        time.sleep(_BREATH)
    return str(segment)


def _check_archives(server: psycopg.Connection[Any]) -> None:
    [[mode, command]] = server.execute(
        "SELECT current_setting('archive_mode'), current_setting('archive_command')"
    ).fetchall()
    if mode != "on" or not command or command == "(disabled)":
        raise BackupError("PostgreSQL does not archive its WAL: see deploy/postgresql/backup.conf.")


def _copy_base(server: psycopg.Connection[Any], base: Path) -> None:
    options = ("--format=plain", "--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256")
    major = server.info.server_version // 10_000
    run("pg_basebackup", major, "--pgdata", base, *options, "--no-password", server=server_parameters())


def _first_wal(base: Path) -> str:
    label = (base / "backup_label").read_text()
    found = re.search(r"^START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)", label, re.MULTILINE)
    if found is None:
        raise BackupError("pg_basebackup has left no backup_label.")
    return found[1]


def _about(server: psycopg.Connection[Any]) -> dict[str, Any]:
    [[superuser, segment_bytes]] = server.execute(
        "SELECT (SELECT rolname FROM pg_roles WHERE oid = 10), pg_size_bytes(current_setting('wal_segment_size'))"
    ).fetchall()
    database = connection_parameters()["dbname"]
    major = server.info.server_version // 10_000
    return {"postgres": major, "superuser": superuser, "segment_bytes": segment_bytes, "database": database}


def _write_heads(backup: Backup, server: psycopg.Connection[Any], say: Say) -> str:
    """Returns the place in the WAL up to which they are true. A server that is never still has none: its backup is as
    good, but a rehearsal finds only whether it comes up."""
    with closing(psycopg.connect(**connection_parameters())) as connection:
        lsn = _at_one_moment(connection, server)
        if lsn is None:
            say("how far each room is: left out, for somebody was always writing")
            (backup.folder / "heads.jsonl").touch()
            [[now]] = server.execute("SELECT pg_current_wal_insert_lsn()::text").fetchall()
            return str(now)
        with (backup.folder / "heads.jsonl").open("w") as file:
            for schema in Tenant.objects.order_by("pk").values_list("schema_name", flat=True):
                for head in heads_of(connection, schema):
                    file.write(json.dumps({"schema": schema, **head.as_told}) + "\n")
    return lsn


def _at_one_moment(connection: psycopg.Connection[Any], server: psycopg.Connection[Any]) -> str | None:
    """A snapshot, and the end of the WAL that holds what it sees and nothing else: of those who began before the last
    who ended nobody was writing when it was taken, and nobody has ended until the end was read. None where there was no
    such moment."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    for _ in range(_ATTEMPTS):
        before = _snapshot(connection)
        [[lsn]] = server.execute("SELECT pg_current_wal_insert_lsn()::text").fetchall()
        if before.endswith(":") and _snapshot(server) == before:
            return str(lsn)
        connection.rollback()
        time.sleep(_BREATH / 10)
    return None


def _snapshot(connection: psycopg.Connection[Any]) -> str:
    """``xmin:xmax:`` and the transactions that are under way."""
    [[snapshot]] = connection.execute("SELECT pg_current_snapshot()::text").fetchall()
    return str(snapshot)


def heads_of(connection: psycopg.Connection[Any], schema: str, role: str = "") -> Iterator[RoomHead]:
    """In the connection's transaction, as the tenant, whose role may be called otherwise than the schema."""
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role or schema)))
    connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    yield from contents().room_heads(connection)
    connection.execute("RESET ROLE")
