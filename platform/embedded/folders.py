"""The folders of one checkout's private servers, and the lock that lets one run at a time use them."""

import contextlib
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import CannotRun
from embedded.owner import Owner
from embedded.progress import say
from embedded.shelter import SHELTER, data_shelter

SOCKET_ROOT = Path("/tmp")  # noqa: S108  # short, and ours are 0700 folders in it
SOCKET_PATH_LIMIT = 103  # bytes: 107 on Linux, 103 on macOS
LONGEST_SOCKET = ".s.PGSQL.5432.lock"
DATA = ("postgres", "valkey")


@dataclass(frozen=True)
class Folders:
    """`var` of a checkout."""

    checkout: Path

    @property
    def var(self) -> Path:
        return self.checkout / "var"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def processes(self) -> Path:
        return self.var / "processes.json"

    @property
    def environment(self) -> Path:
        return self.var / "parley.env"

    @property
    def sockets(self) -> Path:
        """Short, whatever the checkout's own path: a socket's path has room for some hundred bytes."""
        identity = f"{self.checkout.resolve()}:{os.geteuid()}"
        return SOCKET_ROOT / f"parley-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"

    @property
    def servers_work_in(self) -> list[Path]:
        """Every folder that a server of this checkout may have as its own, the half made ones too."""
        data = [self.postgres.resolve(), self.valkey.resolve()]
        return [*data, data[0].with_name(data[0].name + ".new")]

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Make `var` and hold it. Raises CannotRun if it cannot be written, or if another run has it."""
        try:
            self.var.mkdir(mode=0o755, exist_ok=True)
            self.logs.mkdir(mode=0o755, exist_ok=True)
            lock = os.open(self.var / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise CannotRun(f"Cannot write to {self.var}: {error.strerror}.") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode() or "unknown"
            os.close(lock)
            raise CannotRun(f"Another `make run` (process {holder}) is active in {self.checkout}.") from None
        try:
            os.ftruncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            yield
        finally:
            os.close(lock)


def make_data_folders_reachable(folders: Folders, owner: Owner, shelter: Path = SHELTER) -> None:
    """Where the server user cannot reach `var`, let links lead from it to folders that it can reach."""
    missing = [name for name in DATA if not (folders.var / name).is_symlink()]
    if not missing or owner.succeeds("/bin/sh", "-c", 'cd -- "$1"', "sh", folders.var):
        return
    if real := [name for name in missing if (folders.var / name).exists()]:
        raise CannotRun(
            f"'{owner.name}' cannot reach {folders.var / real[0]}, which holds data. "
            "Move the checkout where it could, or open the folders above it."
        )
    place = data_shelter(shelter, folders.checkout, owner)
    say(f"{folders.var} is not open to the user of the servers: their data goes to {place}")
    for name in missing:
        (folders.var / name).symlink_to(place / name)


def open_socket_folder(folder: Path, owner: Owner) -> None:
    """Make the folder, the owner's alone. Raises CannotRun if somebody else was there first."""
    if len(os.fsencode(folder / LONGEST_SOCKET)) > SOCKET_PATH_LIMIT:
        raise CannotRun(f"{folder} is too long a path for a Unix socket.")
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise CannotRun(_squatted(folder, error.strerror or "")) from None
    try:
        found = os.fstat(handle)
        if found.st_uid not in {os.geteuid(), owner.uid}:
            raise CannotRun(_squatted(folder, f"belongs to user {found.st_uid}"))
        os.fchmod(handle, stat.S_IRWXU)
        if owner.user is not None and owner.group is not None:
            os.fchown(handle, owner.user, owner.group)
    finally:
        os.close(handle)


def _squatted(folder: Path, why: str) -> str:
    return f"{folder} is not ours ({why}): somebody else may be listening there. Remove it and try again."
