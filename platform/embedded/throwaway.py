"""A pair of servers for a test run: made in a moment, gone without a trace, also if the tests are killed."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from embedded import environment
from embedded.binaries import find_binaries
from embedded.folders import SOCKET_ROOT, open_socket_folder
from embedded.owner import server_owner
from embedded.postgres import Postgres
from embedded.record import Record
from embedded.valkey import Valkey

_MEMORY_ROOT = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it; Linux alone has it
_MEMORY = 12 << 30  # bytes; the whole suite needs about half of that


@dataclass(frozen=True)
class Throwaway:
    """`env` is what Parley's settings need; `folder` is removed at the end with all that is in it."""

    folder: Path
    env: dict[str, str]
    postgres: Postgres
    valkey: Valkey


@contextlib.contextmanager
def throwaway(*, durable: bool = False) -> Iterator[Throwaway]:
    """Both servers, running. The role `parley` may create databases, one for each test worker.

    Both can be stopped, killed and started at will. Unless `durable`, nothing is forced to the disk: data
    survives a kill of the server, not of the machine. Raises CannotRun if they do not start.
    """
    owner = server_owner()
    folder = Path(tempfile.mkdtemp(prefix="parley-test-", dir=SOCKET_ROOT if durable else _quickest_root()))
    owner.take(folder)
    with _watched(folder):
        binaries = find_binaries(owner)
        record = Record(folder / "processes.json")
        sockets = folder / "s"
        open_socket_folder(sockets, owner)
        postgres = Postgres(
            binaries,
            owner,
            data=folder / "postgres",
            sockets=sockets,
            log=folder / "postgres.log",
            record=record,
            durable=durable,
        )
        valkey = Valkey(
            binaries,
            owner,
            folder=folder / "valkey",
            sockets=sockets,
            log=folder / "valkey.log",
            record=record,
            password=environment.password_in(None),
        )
        password = environment.password_in(None)
        with contextlib.ExitStack() as stack:
            stack.callback(postgres.stop)
            postgres.prepare()
            postgres.start()
            postgres.create_database(password, createdb=True)
            stack.callback(valkey.stop)
            valkey.start()
            env = {
                **environment.settled({}, {}),
                "DATABASE_URL": postgres.url(password),
                "REDIS_URL": valkey.url,
            }
            yield Throwaway(folder, env, postgres, valkey)


def _quickest_root() -> Path:
    """Memory, where there is enough: a tenant is a hundred small files, and disks take their time over new ones."""
    in_memory = psutil.virtual_memory().available >= _MEMORY and os.access(_MEMORY_ROOT, os.W_OK | os.X_OK)
    if in_memory and shutil.disk_usage(_MEMORY_ROOT).free >= _MEMORY:
        return _MEMORY_ROOT
    return SOCKET_ROOT


@contextlib.contextmanager
def _watched(folder: Path) -> Iterator[None]:
    """Remove the folder at the end, or have a watchdog end its servers and remove it if we are killed.

    The watchdog reads a pipe of which only we hold the other end: when that closes, we are gone.
    """
    platform = Path(__file__).resolve().parents[1]
    watchdog = subprocess.Popen(
        [sys.executable, "-m", "embedded.watchdog", folder],
        stdin=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(platform)},
    )
    assert watchdog.stdin is not None
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        watchdog.stdin.close()
        watchdog.wait()
