"""People's files in the store: each once, for it never changes, and of each backup the list of those that it needs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from django.core.files.base import File
from django.db import connections, transaction

from console.backups.programs import BackupError
from console.backups.store import Backup, Store, sha256_of
from tenants.models import Tenant
from tenants.portability.contents import contents
from tenants.routers import SHARED
from tenants.schemas import as_tenant_role

_CHUNK = 1 << 18
_LIST = "files.jsonl"


def keep_files(store: Store, backup: Backup) -> dict[str, int]:
    """Bring those that the store lacks, and add to the backup's list. What went meanwhile is missing, and counted."""
    listed = {line["path"]: line for older in (*store.backups, backup) for line in _listed(older)}
    own = {line["path"]: line for line in _listed(backup)}
    missing = 0
    for schema, path in _paths():
        name = f"{schema}/{path}"
        line = listed.get(name) or _bring(store, schema, path)
        if line is None:
            missing += 1
        else:
            own[name] = line
    _write_list(backup, own)
    return {"kept": len(own), "missing": missing, "bytes": sum(line["bytes"] for line in own.values())}


def put_back(store: Store, backup: Backup, schema: str, paths: Iterator[str]) -> tuple[int, int]:
    """Those that the tenant's folder lacks, compared with their sums. How many came, and how many are nowhere.
    Raises BackupError for one that is damaged."""
    listed = {line["path"]: line for line in _listed(backup)}
    came = missing = 0
    for path in paths:
        if _is_there(schema, path):
            continue
        name = f"{schema}/{path}"
        if name not in listed or not (store.files / name).is_file():
            missing += 1
            continue
        check_file(store, listed[name])
        with (store.files / name).open("rb") as file:
            contents().keep_file(schema, path, File(file))
        came += 1
    return came, missing


def check_file(store: Store, line: dict[str, Any]) -> Path:
    path: Path = store.files / line["path"]
    if sha256_of(path) != line["sha256"]:
        raise BackupError(f"The store is damaged: file {line['path']} is not what was written.")
    return path


def files_of(backup: Backup) -> dict[str, dict[str, Any]]:
    return {line["path"]: line for line in _listed(backup)}


def _listed(backup: Backup) -> list[dict[str, Any]]:
    return backup.lines(_LIST) if (backup.folder / _LIST).is_file() else []


def _write_list(backup: Backup, lines: dict[str, dict[str, Any]]) -> None:
    unfinished = backup.folder / f"{_LIST}.new"
    unfinished.write_text("".join(f"{json.dumps(line)}\n" for line in lines.values()))
    unfinished.replace(backup.folder / _LIST)


def _paths() -> Iterator[tuple[str, str]]:
    for schema in list(Tenant.objects.order_by("pk").values_list("schema_name", flat=True)):
        with transaction.atomic(SHARED), connections[SHARED].cursor() as cursor, as_tenant_role(cursor, schema):
            yield from ((schema, path) for path in contents().paths(connections[SHARED].connection, masked=False))


def _bring(store: Store, schema: str, path: str) -> dict[str, Any] | None:
    try:
        opened = contents().open_file(schema, path)
    except FileNotFoundError:
        return None
    to = store.files / schema / path
    to.parent.mkdir(parents=True, exist_ok=True)
    unfinished = to.with_name(f"{to.name}.new")
    with closing(opened), unfinished.open("wb") as file:
        written = _copy(opened, file)
    unfinished.rename(to)
    return {"path": f"{schema}/{path}", **written}


def _copy(source: IO[bytes], to: IO[bytes]) -> dict[str, Any]:
    hashed, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        to.write(chunk)
        hashed.update(chunk)
        size += len(chunk)
    to.flush()
    os.fsync(to.fileno())
    return {"bytes": size, "sha256": hashed.hexdigest()}


def _is_there(schema: str, path: str) -> bool:
    try:
        contents().open_file(schema, path).close()
    except FileNotFoundError:
        return False
    return True
