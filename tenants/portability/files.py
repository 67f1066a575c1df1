"""The files of a tenant that is brought in: into its folder, and read back."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from typing import IO, NamedTuple

from tenants.portability.archive import Archive, refused
from tenants.portability.contents import contents

_PATH = re.compile(r"[a-z2-7]{2,16}/[a-z]{2,8}_[a-z2-7]{16}\.[a-z]{1,16}\Z")
"""As we make them: nothing else is a place for a file."""
_CHUNK = 1 << 18
_IN_MEMORY = 1 << 20


class _Listed(NamedTuple):
    path: str
    size: int
    sha256: str


def bring_files(archive: Archive, schema: str) -> None:
    """Those that are there already, from a run that was killed, are left."""
    with archive.open("files") as member:
        for listed in _listed(archive):
            if _kept(schema, listed):
                _pass_over(member, listed.size)
                continue
            with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
                for chunk in _pieces(member, listed.size):
                    spool.write(chunk)
                contents().keep_file(schema, listed.path, spool)
            if not _kept(schema, listed):
                raise refused(f"the file {listed.path} is not what its list says")
        if member.read(1):
            raise refused("it has more files than its list says")


def is_path(path: str) -> bool:
    """Whether it is as we make them."""
    return _PATH.match(path) is not None


def _listed(archive: Archive) -> Iterator[_Listed]:
    for line in archive.lines("files.jsonl"):
        listed = _Listed(str(line["path"]), int(line["bytes"]), str(line["sha256"]))
        if not is_path(listed.path) or listed.size < 0:
            raise refused("a file's path is none of ours")
        yield listed


def _kept(schema: str, listed: _Listed) -> bool:
    hashed, size = hashlib.sha256(), 0
    try:
        opened = contents().open_file(schema, listed.path)
    except FileNotFoundError:
        return False
    with closing(opened) as file:
        while chunk := file.read(_CHUNK):
            hashed.update(chunk)
            size += len(chunk)
    return (size, hashed.hexdigest()) == (listed.size, listed.sha256)


def _pass_over(member: IO[bytes], size: int) -> None:
    for _ in _pieces(member, size):
        pass


def _pieces(member: IO[bytes], size: int) -> Iterator[bytes]:
    while size:
        chunk = member.read(min(_CHUNK, size))
        if not chunk:
            raise refused("files are missing")
        size -= len(chunk)
        yield chunk
