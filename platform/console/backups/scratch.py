"""A server of our own that a backup is rolled forward in: on a socket that is ours alone, and apart from the archive,
which it reads and never writes."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from console.backups.programs import BackupError, program
from console.backups.store import Backup, Store
from embedded.errors import CannotRun
from embedded.owner import Owner, server_owner
from embedded.process import Child
from embedded.record import Record

_HOURS = 100 * 3600.0
_STOP = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 5.0))


@dataclass(frozen=True)
class Scratch:
    """``folder`` is its data folder."""

    folder: Path
    sockets: Path
    backup: Backup

    @property
    def parameters(self) -> dict[str, Any]:
        """libpq's, as the superuser."""
        manifest = self.backup.manifest
        return {"host": str(self.sockets), "port": 5432, "user": manifest["superuser"], "dbname": manifest["database"]}

    @property
    def url(self) -> str:
        """For a ``manage.py`` that is to work on it."""
        at = self.parameters
        return f"postgres://{at['user']}@:{at['port']}/{at['dbname']}?host={at['host']}"

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(**self.parameters)


@contextmanager
def scratch_server(store: Store, backup: Backup, target: Mapping[str, str]) -> Iterator[Scratch]:
    """One that is gone afterwards. Raises BackupError."""
    with (
        _folder_of_servers(store.folder / "scratch") as folder,
        recovered(store, backup, folder / "data", target) as it,
    ):
        yield it


@contextmanager
def recovered(
    store: Store, backup: Backup, data: Path, target: Mapping[str, str], *, durable: bool = False
) -> Iterator[Scratch]:
    """The backup in ``data``, rolled forward to ``target`` (PostgreSQL's recovery_target_*; none: all that was
    archived), and open. Stopped in good order at the end. Raises BackupError with the end of the server's log."""
    owner = _owner()
    _copy_base(backup, data, owner)
    with _folder_of_servers(Path(tempfile.gettempdir())) as run_folder:
        postgres = Child("The restored PostgreSQL", run_folder / "log", Record(run_folder / "processes.json"))
        scratch = Scratch(data, run_folder, backup)
        try:
            command: list[str | Path] = [
                program("postgres", backup.manifest["postgres"]),
                "-D",
                data,
                *_flags(store, run_folder, durable, target),
            ]
            postgres.start(command, cwd=data, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, owner=owner)
            postgres.wait_until(lambda: _is_open(scratch), _HOURS)
            yield scratch
        except CannotRun as reason:
            raise BackupError(f"The backup cannot be rolled forward so far. {reason}") from None
        finally:
            postgres.stop(*_STOP)


def until(moment: datetime) -> dict[str, str]:
    """The target: all that was committed by then."""
    return {"time": f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"}


def _flags(store: Store, run_folder: Path, durable: bool, target: Mapping[str, str]) -> Iterator[str]:
    hba, config = run_folder / "hba.conf", run_folder / "postgresql.conf"
    hba.write_text("local all all trust\n")  # the socket's folder is ours alone
    config.touch()
    values = {f"recovery_target_{name}": value for name, value in target.items()}
    if target:
        values["recovery_target_action"] = "promote"
    values |= {
        "config_file": str(config),
        "hba_file": str(hba),
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(run_folder),
        "restore_command": f'cp "{store.wal}/%f" "%p"',
        "archive_mode": "off",
        "hot_standby": "off",
        "ssl": "off",
        "logging_collector": "off",
        "log_destination": "stderr",
        "shared_preload_libraries": "",
        "primary_conninfo": "",
        "log_min_error_statement": "panic",
        "fsync": "on" if durable else "off",
    }
    for name, value in values.items():
        yield from ("-c", f"{name}={value}")


def _copy_base(backup: Backup, data: Path, owner: Owner) -> None:
    shutil.copytree(backup.base, data, symlinks=True)
    (data / "recovery.signal").touch()
    (data / "postmaster.pid").unlink(missing_ok=True)
    for path in (data, *data.rglob("*")):
        owner.take(path)
    data.chmod(0o700)


@contextmanager
def _folder_of_servers(root: Path) -> Iterator[Path]:
    """Short enough for a socket where ``root`` is."""
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="parley-", dir=root))
    _owner().take(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> Owner:
    try:
        return server_owner()
    except CannotRun as reason:
        raise BackupError(str(reason)) from None


def _is_open(scratch: Scratch) -> bool:
    with suppress(psycopg.OperationalError), scratch.connect() as connection:
        [[recovering]] = connection.execute("SELECT pg_is_in_recovery()").fetchall()
        return not recovering
    return False
