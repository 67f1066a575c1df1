"""Where root's servers keep what the unprivileged user cannot reach inside the checkout."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from embedded.errors import CannotRun
from embedded.owner import Owner

SHELTER = Path("/var/lib/parley")


def open_shelter(shelter: Path, *parts: str) -> Path:
    """The shelter, or a folder in it, made if need be: root's own, readable by all, writable by nobody else.

    Raises CannotRun where another user could change what is in it.
    """
    folder = shelter
    for part in ("", *parts):
        folder = folder / part
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise CannotRun(f"{folder} must be a folder that only root can change. Remove it, or put it right.")
        folder.chmod(0o755)
    return folder


def data_shelter(shelter: Path, checkout: Path, owner: Owner) -> Path:
    """A new folder for this checkout's data, the server user's alone.

    The name carries the checkout's path as a hash, for whoever cleans up, and a random part, so that a new
    clone at an old path never meets the data of the old one.
    """
    digest = hashlib.sha256(str(checkout).encode()).hexdigest()[:8]
    folder = Path(tempfile.mkdtemp(prefix=f"{digest}-", dir=open_shelter(shelter)))
    owner.take(folder)
    return folder
