"""A private Valkey: a doorbell, so it keeps nothing on disk."""

import signal
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.binaries import Binaries
from embedded.owner import Owner
from embedded.process import Child, Sleep
from embedded.record import Record

SOCKET = "valkey.sock"
START_SECONDS = 15.0
STOP = ((signal.SIGTERM, 1.0),)
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

SETTINGS = """\
port 0
unixsocket {socket}
unixsocketperm 700
requirepass {password}
save ""
appendonly no
daemonize no
"""


class Valkey:
    """`folder` is its working folder and `sockets` an existing folder with a short path."""

    def __init__(
        self,
        binaries: Binaries,
        owner: Owner,
        *,
        folder: Path,
        sockets: Path,
        log: Path,
        record: Record,
        password: str,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.folder = folder.resolve()  # a link from var/ to the shelter, followed
        self.socket = sockets / SOCKET
        self._program = binaries.valkey
        self._owner = owner
        self._password = password
        self.child = Child("Valkey", log, record, sleep)

    def start(self) -> None:
        """Start and wait for an answer. Raises CannotRun with the end of the log if it fails."""
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
            self._owner.take(self.folder)
        # By its standard input: so the password is on no command line and in no further file.
        settings = SETTINGS.format(socket=self.socket, password=self._password)
        command: list[str | Path] = [self._program, "-"]
        self.child.start(command, cwd=self.folder, env=ENVIRONMENT, owner=self._owner, feed=settings)
        self.child.wait_until(self._answers, START_SECONDS)

    def stop(self) -> None:
        """Quick, for there is nothing to save."""
        self.child.stop(*STOP)

    def kill(self) -> None:
        """Signal 9."""
        self.child.kill()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?password={self._password}"

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
