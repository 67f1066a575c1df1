"""The file: a ZIP archive (APPNOTE 6.3) with a manifest, and at its very end, as the archive's comment, the SHA-256 of
all that is before it. One flipped byte anywhere is seen before anything else is looked at.

Members are written and read as streams, files uncompressed. Whoever brings an archive may have made it to harm: names
are compared and never used as paths, and it cannot unfold to more than ``_MOST_RATIO`` times its size.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from kit.errors import FILE_REFUSED, ParleyError

FORMAT = 1
_SEAL_BYTES = 64
_CHUNK = 1 << 16
_MOST_RATIO = 200
_MOST_MANIFEST = 1 << 20
_MOST_LINE = 1 << 20
_MANIFEST = "manifest.json"


def refused(why: str) -> ParleyError:
    return ParleyError(FILE_REFUSED, f"This is no export that can be brought in: {why}.")


class Sink:
    """A member on its way in: counted and hashed."""

    def __init__(self, member: IO[bytes]) -> None:
        self._member, self._hash = member, hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes | memoryview) -> None:
        self._member.write(data)
        self._hash.update(data)
        self.bytes += len(data)

    def write_line(self, value: object) -> None:
        self.write(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode() + b"\n")

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class ArchiveWriter:
    """Until it is complete its name ends with ``.partial``; what broke off is removed. Nobody else may read it."""

    def __init__(self, path: Path) -> None:
        self._path, self._partial = path, path.with_name(f"{path.name}.partial")
        self.members: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        descriptor = os.open(self._partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        return self

    @contextmanager
    def member(self, name: str, *, compressed: bool = True) -> Iterator[Sink]:
        info = zipfile.ZipInfo(name, time.gmtime()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        with self._zip.open(info, "w", force_zip64=True) as opened:
            sink = Sink(opened)
            yield sink
        self.members[name] = {"bytes": sink.bytes, "sha256": sink.sha256}

    def finish(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Write the manifest, with what is known of each member, and seal."""
        whole = {"format": FORMAT, **manifest, "members": self.members}
        self._zip.writestr(_MANIFEST, json.dumps(whole, indent=1))
        self._zip.comment = b"0" * _SEAL_BYTES
        self._zip.close()
        seal = _digest_before_seal(self._file)
        self._file.seek(-_SEAL_BYTES, os.SEEK_END)
        self._file.write(seal.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._partial.replace(self._path)
        return whole

    def __exit__(self, *failure: object) -> None:
        with suppress(OSError, ValueError):
            self._zip.close()
        self._file.close()
        self._partial.unlink(missing_ok=True)


class Archive:
    """One that somebody brought. ``seal`` names it."""

    def __init__(self, path: Path) -> None:
        """Raises ParleyError ``file_refused`` for one that is damaged, or no export; OSError."""
        self._file = path.open("rb")
        try:
            self.seal = self._check_seal()
            self._zip = zipfile.ZipFile(self._file)
            self._check_sizes()
            self.manifest: dict[str, Any] = self._read_manifest()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, KeyError, TypeError, EOFError):
            self._file.close()
            raise refused("it is not whole, or was made by something else") from None
        except ParleyError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._file.close()

    def chunks(self, name: str) -> Iterator[bytes]:
        """A member, piece by piece; it is what the manifest says, or ParleyError ``file_refused`` is raised."""
        hashed = hashlib.sha256()
        with self.open(name) as member:
            while chunk := member.read(_CHUNK):
                hashed.update(chunk)
                yield chunk
        if hashed.hexdigest() != self.sha256(name):
            raise refused(f"{name[:80]!r} is not what its manifest says")

    def lines(self, name: str) -> Iterator[Any]:
        """The JSON values of a member, one a line."""
        with self.open(name) as member:
            while line := member.readline(_MOST_LINE):
                yield _parsed(line, name)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            member = self._zip.open(name)
        except (zipfile.BadZipFile, NotImplementedError, KeyError, RuntimeError):  # RuntimeError: it is encrypted
            raise refused(f"{name[:80]!r} is missing, or cannot be read") from None
        with member:
            try:
                yield member
            except (zipfile.BadZipFile, EOFError, zlib.error):
                raise refused(f"{name[:80]!r} is damaged") from None

    def sha256(self, name: str) -> str:
        try:
            return str(self.manifest["members"][name]["sha256"])
        except (KeyError, TypeError):
            raise refused(f"{name[:80]!r} is missing") from None

    def _check_seal(self) -> str:
        self._file.seek(0, os.SEEK_END)
        if self._file.tell() <= _SEAL_BYTES:
            raise refused("it is not whole")
        seal = _digest_before_seal(self._file)
        if self._file.read(_SEAL_BYTES) != seal.encode():
            raise refused("it is damaged, or not whole")
        return seal

    def _check_sizes(self) -> None:
        infos = self._zip.infolist()
        unfolded, names = sum(info.file_size for info in infos), {info.filename for info in infos}
        if len(names) != len(infos) or unfolded > _MOST_RATIO * os.fstat(self._file.fileno()).st_size:
            raise refused("it would unfold to more than it can hold")
        if self._zip.getinfo(_MANIFEST).file_size > _MOST_MANIFEST:
            raise refused("its manifest is too large")

    def _read_manifest(self) -> dict[str, Any]:
        with self._zip.open(_MANIFEST) as member:
            manifest = _parsed(member.read(), _MANIFEST)
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise refused("it has another format than this release knows")
        return manifest


def _parsed(text: bytes, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise refused(f"{name!r} is not JSON") from None


def _digest_before_seal(file: IO[bytes]) -> str:
    """Leaves the file where its seal begins."""
    left = file.seek(-_SEAL_BYTES, os.SEEK_END)
    file.seek(0)
    hashed = hashlib.sha256()
    while left:
        chunk = file.read(min(_CHUNK, left))
        if not chunk:
            raise io.UnsupportedOperation("the file became shorter")
        hashed.update(chunk)
        left -= len(chunk)
    return hashed.hexdigest()
