"""Whether a backup would do: restored into a scratch server, every room is compared with what it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from console.backups.files import check_file, files_of
from console.backups.programs import BackupError
from console.backups.scratch import Scratch, scratch_server
from console.backups.store import Backup, Store
from console.backups.taking import Say, heads_of


@dataclass(frozen=True)
class Rehearsed:
    """``compared``: whether the rooms were, for a backup that was taken while somebody always wrote tells nothing of
    them."""

    compared: bool
    rooms: int
    messages: int
    files: int


def rehearse(store: Store, backup: Backup, say: Say) -> Rehearsed:
    """Raises BackupError, which names the rooms, when one has another count, head or hash than when it was taken."""
    say("sums")
    backup.check()
    store.check_wal(backup)
    files = files_of(backup)
    for line in files.values():
        check_file(store, line)
    say("a scratch server")
    with scratch_server(store, backup, {"lsn": backup.manifest["lsn"], "inclusive": "off"}) as scratch:
        say("rooms")
        return _compared(backup, scratch, len(files))


def _compared(backup: Backup, scratch: Scratch, files: int) -> Rehearsed:
    told = {(line["schema"], line["room"]): line for line in backup.lines("heads.jsonl")}
    found = {(line["schema"], line["room"]): line for line in _heads(scratch)}
    others = [
        f"{schema}:{room}"
        for schema, room in told.keys() | found.keys()
        if told.get((schema, room)) != found.get((schema, room))
    ]
    if told and others:
        raise BackupError(f"{len(others)} rooms are not what they were: {', '.join(sorted(others)[:5])}.")
    return Rehearsed(bool(told), len(found), sum(line["messages"] for line in found.values()), files)


def _heads(scratch: Scratch) -> Iterator[dict[str, Any]]:
    with scratch.connect() as connection:
        for (schema,) in connection.execute("SELECT schema_name FROM tenants_tenant").fetchall():
            yield from ({"schema": schema, **head.as_told} for head in heads_of(connection, schema))
            connection.rollback()
