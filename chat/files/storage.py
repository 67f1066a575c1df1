"""Where files lie: a folder for each tenant, below the folder or bucket that ``MEDIA_URL`` names.

Paths are ours, made of an upload's id, and relative to the folder of the tenant that is given along: no path leads from
one tenant into another.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from django.core.files.base import File
from django.core.files.storage import Storage, storages


def path_of(upload_id: str, variant: str = "file") -> str:
    """In one of a thousand folders, by the end of the id, which is random."""
    return f"{upload_id[-2:]}/{upload_id}.{variant}"


def keep(schema: str, path: str, content: File[bytes]) -> None:
    content.seek(0)
    _storage().save(f"{schema}/{path}", content)


def open_kept(schema: str, path: str) -> File[bytes]:
    """Raises FileNotFoundError."""
    return _storage().open(f"{schema}/{path}")


def discard(schema: str, paths: Iterable[str]) -> None:
    """What is not there needs no removal."""
    for path in paths:
        _storage().delete(f"{schema}/{path}")


def discard_all(schema: str) -> None:
    """A tenant's whole folder."""
    _discard_folder(_storage(), schema)


def _discard_folder(storage: Storage, folder: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        folders, files = storage.listdir(folder)
        for name in files:
            storage.delete(f"{folder}/{name}")
        for name in folders:
            _discard_folder(storage, f"{folder}/{name}")
        storage.delete(folder)


def _storage() -> Storage:
    return storages["uploads"]
