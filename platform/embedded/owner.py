"""Whom the private servers run as: ourselves, or an unprivileged user when we are root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import CannotRun

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Owner:
    """The user of a server process. `user` and `group` are None where no switch is needed."""

    name: str
    uid: int
    user: int | None = None
    group: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """No group of root's may follow the process."""
        return None if self.user is None else []

    def take(self, path: Path) -> None:
        """Hand a file or folder over to this user; a symlink is not followed."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group, follow_symlinks=False)

    def succeeds(self, *command: str | Path) -> bool:
        """Really run a short command as this user: mode bits alone do not tell what can be reached."""
        try:
            done = subprocess.run(
                command,
                cwd="/",
                env={"PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                user=self.user,
                group=self.group,
                extra_groups=self.extra_groups,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0


def server_owner() -> Owner:
    """Ourselves, or `nobody` when we are root: PostgreSQL refuses to run as root, and Valkey need not.

    Raises CannotRun when root may not become that user (a container without the right to).
    """
    if os.geteuid() != 0:
        uid = os.geteuid()
        return Owner(name=str(uid), uid=uid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CannotRun(f"There is no user '{UNPRIVILEGED}' to run the private servers as.") from None
    owner = Owner(name=UNPRIVILEGED, uid=entry.pw_uid, user=entry.pw_uid, group=entry.pw_gid)
    if not owner.succeeds("/bin/sh", "-c", ":"):
        raise CannotRun(f"Root cannot become '{UNPRIVILEGED}' here. Run as an ordinary user.")
    return owner
