"""All of it into an empty folder, as of any moment since the backup."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from chat.models.rooms import Room
from console.backups.files import check_file, files_of
from console.backups.programs import BackupError
from console.backups.scratch import recovered, until
from console.backups.store import Backup, Store
from console.backups.taking import Say
from tenants.portability.contents import contents


@dataclass(frozen=True)
class Restored:
    tenants: int
    files: int
    missing: int


def restore_all(store: Store, backup: Backup, into: Path, moment: datetime | None, say: Say) -> Restored:
    """A data folder for PostgreSQL (``into/postgres``) and people's files (``into/media``). Without ``moment``: all
    that was archived. Raises BackupError; nothing stays in the folder then."""
    if into.exists() and any(into.iterdir()):
        raise BackupError(f"{into} is not empty.")
    if moment is not None and moment < backup.ended_at:
        raise BackupError(f"Backup {backup.name} ended only at {backup.ended_at:%Y-%m-%d %H:%M:%S} UTC.")
    say("sums")
    backup.check()
    store.check_wal(backup)
    into.mkdir(parents=True, exist_ok=True)
    into.chmod(0o755)
    try:
        return _restore(store, backup, into, moment, say)
    except BaseException:
        for path in into.iterdir():
            shutil.rmtree(path, ignore_errors=True)
        raise


def _restore(store: Store, backup: Backup, into: Path, moment: datetime | None, say: Say) -> Restored:
    say("the database")
    target = until(moment) if moment else {}
    with recovered(store, backup, into / "postgres", target, durable=True) as server, server.connect() as connection:
        schemas = [schema for (schema,) in connection.execute("SELECT schema_name FROM tenants_tenant").fetchall()]
        say("rooms and files")
        counts = [_restore_tenant(store, backup, connection, schema, into / "media") for schema in schemas]
        connection.execute("UPDATE tenants_tenant SET restored_at = now()")
    came, missing = (sum(count) for count in zip(*counts, strict=True)) if counts else (0, 0)
    return Restored(len(schemas), came, missing)


def _restore_tenant(
    store: Store, backup: Backup, connection: psycopg.Connection[Any], schema: str, media: Path
) -> tuple[int, int]:
    """Its rooms under another epoch, for clients may know what came later; and the files that it names. How many came,
    and how many are nowhere."""
    listed = files_of(backup)
    connection.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
    connection.execute("UPDATE chat_room SET epoch = %s", [Room().epoch])
    came = missing = 0
    for path in contents().paths(connection, masked=False):
        line = listed.get(f"{schema}/{path}")
        if line is None:
            missing += 1
            continue
        to = media / schema / path
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(check_file(store, line), to)
        came += 1
    connection.execute("SET LOCAL search_path = public")
    return came, missing
