"""Where backups lie.

``BACKUP_FOLDER`` holds ``wal/``, which PostgreSQL's archive_command fills (deploy/postgresql/archive), ``files/``, each
of people's files once, and ``backups/``, of each a folder: ``base/`` as pg_basebackup made it, ``heads.jsonl``,
``files.jsonl``, ``manifest.json`` and ``SHA256SUMS``, which ``sha256sum -c`` reads too.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings

from console.backups.programs import BackupError

FORMAT = 1
SUMS = "SHA256SUMS"
_SUMMED = ("manifest.json", "heads.jsonl", "base/backup_manifest")
_SEGMENT = re.compile(r"[0-9A-F]{24}\Z")
_TAKEN = re.compile(r"\d{8}T\d{6}Z\Z")


@dataclass(frozen=True)
class Backup:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def base(self) -> Path:
        return self.folder / "base"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Raises BackupError where it cannot be read."""
        try:
            manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        except (OSError, ValueError):
            raise BackupError(f"Backup {self.name} is damaged: its manifest cannot be read.") from None
        if manifest.get("format") != FORMAT:
            raise BackupError(f"Backup {self.name} has a format that this release does not know.")
        return manifest

    @property
    def ended_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["ended_at"])

    def lines(self, name: str) -> list[dict[str, Any]]:
        with (self.folder / name).open() as file:
            return [json.loads(line) for line in file]

    def seal(self) -> None:
        sums = [f"{sha256_of(self.folder / name)}  {name}\n" for name in _SUMMED]
        (self.folder / SUMS).write_text("".join(sums))

    def check(self) -> None:
        """Whether each byte of it is what was written. Raises BackupError."""
        try:
            lines = (self.folder / SUMS).read_text().splitlines()
            sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
        except (OSError, ValueError):
            raise BackupError(f"Backup {self.name} is damaged: {SUMS} cannot be read.") from None
        for name in _SUMMED:
            path = self.folder / name
            if not path.is_file() or sums.get(name) != sha256_of(path):
                raise BackupError(f"Backup {self.name} is damaged: {name} is not what was written.")
        self._check_base()

    def _check_base(self) -> None:
        """As pg_verifybackup does, by the manifest that pg_basebackup left (PostgreSQL's "Backup Manifest Format"). WAL
        is not in it: the archive's is looked at."""
        for listed in json.loads((self.base / "backup_manifest").read_text())["Files"]:
            name = listed.get("Path") or bytes.fromhex(listed["Encoded-Path"]).decode("utf-8", "surrogateescape")
            path = self.base / name
            if not path.is_file() or path.stat().st_size != listed["Size"] or sha256_of(path) != listed["Checksum"]:
                raise BackupError(f"Backup {self.name} is damaged: base/{name} is not what was written.")


class Store:
    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(settings.BACKUP_FOLDER)
        self.wal, self.files = self.folder / "wal", self.folder / "files"

    @property
    def backups(self) -> list[Backup]:
        """Those that are whole, oldest first."""
        found = (self.folder / "backups").glob("*")
        return [Backup(path) for path in sorted(found) if _TAKEN.match(path.name)]

    def newest(self, until: datetime | None = None) -> Backup:
        """The last one that had ended by ``until``. Raises BackupError."""
        for backup in reversed(self.backups):
            if until is None or backup.ended_at <= until:
                return backup
        raise BackupError(
            f"{self.folder} holds no backup" + (f" from before {until:%Y-%m-%d %H:%M:%S} UTC." if until else ".")
        )

    def named(self, name: str) -> Backup:
        for backup in self.backups:
            if backup.name == name:
                return backup
        raise BackupError(f"{self.folder} holds no backup {name!r}.")

    def check_wal(self, backup: Backup) -> None:
        """That what PostgreSQL archived since is whole, without a gap. Raises BackupError."""
        manifest = backup.manifest
        held = {self._number(path, manifest): path for path in self._segments()}
        first, last = (self._number(Path(manifest[end]), manifest) for end in ("first_wal", "last_wal"))
        for number in range(first, max([last, *held]) + 1):
            if number not in held:
                raise BackupError(f"The WAL archive has a gap: segment {_name(number, manifest)} is missing.")
            _check_segment(held[number])

    def prune(self, keep: int) -> list[str]:
        """Remove all but the ``keep`` newest backups, and the WAL and files that only they needed. Their names."""
        gone = self.backups[:-keep]
        for backup in gone:
            shutil.rmtree(backup.folder)
        kept = self.backups
        if gone and kept:
            self._prune_wal(kept[0])
            self._prune_files({line["path"] for backup in kept for line in backup.lines("files.jsonl")})
        return [backup.name for backup in gone]

    def _prune_wal(self, oldest: Backup) -> None:
        first = self._number(Path(oldest.manifest["first_wal"]), oldest.manifest)
        for path in self._segments():
            if self._number(path, oldest.manifest) < first:
                path.unlink()
                _sum_of(path).unlink(missing_ok=True)

    def _prune_files(self, named: set[str]) -> None:
        for path in self.files.rglob("*"):
            if path.is_file() and str(path.relative_to(self.files)) not in named:
                path.unlink()

    def _segments(self) -> list[Path]:
        return sorted(path for path in self.wal.iterdir() if _SEGMENT.match(path.name)) if self.wal.is_dir() else []

    @staticmethod
    def _number(segment: Path, manifest: dict[str, Any]) -> int:
        """Its place, whatever the timeline."""
        per_log: int = (1 << 32) // manifest["segment_bytes"]
        return int(segment.name[8:16], 16) * per_log + int(segment.name[16:], 16)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_archived(segment: Path) -> bool:
    return segment.is_file() and _sum_of(segment).is_file()


def _check_segment(segment: Path) -> None:
    try:
        written = _sum_of(segment).read_text().strip()
    except OSError:
        raise BackupError(f"The WAL archive is damaged: there is no sum of segment {segment.name}.") from None
    if sha256_of(segment) != written:
        raise BackupError(f"The WAL archive is damaged: segment {segment.name} is not what was written.")


def _sum_of(segment: Path) -> Path:
    return segment.with_name(f"{segment.name}.sha256")


def _name(number: int, manifest: dict[str, Any]) -> str:
    per_log = (1 << 32) // manifest["segment_bytes"]
    return f"{manifest['first_wal'][:8]}{number // per_log:08X}{number % per_log:08X}"
