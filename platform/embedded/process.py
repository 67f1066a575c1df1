"""One process of ours: apart from the terminal, on record while it lives, ended with its whole family."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from embedded.errors import CannotRun
from embedded.owner import Owner
from embedded.record import Record

LOG_LIMIT = 10_000_000  # bytes; a longer log is put aside at the next start, replacing the one before
KILL_SECONDS = 5.0  # that the system may need to carry out a signal 9
BREATH = 0.02  # seconds between two looks at something that is waited for

Sleep = Callable[[float], None]


class Child:
    """A process with a name, a log file and an entry on record.

    It leads a session of its own, so a Ctrl-C reaches us alone and the order of ending is ours. `sleep` is
    what passes the time while it starts; the runner's raises StopAsked.
    """

    def __init__(self, name: str, log: Path, record: Record, sleep: Sleep = time.sleep) -> None:
        self.name = name
        self.log = log
        self._record = record
        self._sleep = sleep
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str],
        owner: Owner | None = None,
        feed: str = "",
        logged: bool = True,
    ) -> None:
        """Start it. Its output goes to the log or to the terminal; `feed` is what it reads as its input."""
        assert not self.alive, f"{self.name} is running already"
        _put_aside_if_long(self.log)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [os.fspath(part) for part in command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=log if logged else None,
                stderr=subprocess.STDOUT if logged else None,
                start_new_session=True,
                user=owner.user if owner else None,
                group=owner.group if owner else None,
                extra_groups=owner.extra_groups if owner else None,
            )
        with contextlib.suppress(psutil.NoSuchProcess):
            self._record.add(self.name, psutil.Process(self.pid))
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(feed.encode())

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs and once it is stopped; -9 if signal 9 ended it."""
        return self._process.poll() if self._process else None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Raises CannotRun, with the end of its log, if it ends or takes longer than that."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise CannotRun(f"{self.name} ended with code {self.exit_code}. {self.last_words()}")
            if time.monotonic() > deadline:
                raise CannotRun(f"{self.name} was not ready after {seconds:.0f} s. {self.last_words()}")
            self._sleep(BREATH)

    def finish(self) -> None:
        """Wait for a process that ends by itself. Raises CannotRun, with the end of its log, if it failed."""
        while self.alive:
            self._sleep(BREATH)
        self._record.remove(self.name)
        if self.exit_code:
            raise CannotRun(f"{self.name} failed with code {self.exit_code}. {self.last_words()}")

    def send(self, number: signal.Signals) -> None:
        """Nothing happens if it has ended."""
        if self._process:
            self._process.send_signal(number)

    def stop(self, *attempts: tuple[signal.Signals, float]) -> None:
        """Send each signal, wait its seconds for the end, and kill what is left of the family. Repeatable."""
        if self._process is None:
            return
        family = family_of(psutil.Process(self.pid)) if self.alive else set()
        for number, seconds in attempts:
            self.send(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
                break
        self._process.kill()
        self._process.wait()
        kill({*family, *_session_of(self.pid)})
        self._record.remove(self.name)
        self._process = None  # from here on its pid may be anybody's

    def kill(self) -> None:
        """End it and its family as a power cut would: signal 9, no farewell."""
        self.stop()

    def last_words(self, lines: int = 8) -> str:
        """The end of the log, for the person at the terminal."""
        with contextlib.suppress(OSError):
            words = self.log.read_text(errors="replace").splitlines()[-lines:]
            if words:
                return "\n  ".join([f"The end of {self.log}:", *words])
        return f"Its log, {self.log}, is empty."


def family_of(process: psutil.Process) -> set[psutil.Process]:
    """The process, what it started, and what those started, even if one in the middle has ended."""
    family = {process, *_session_of(process.pid)}
    with contextlib.suppress(psutil.NoSuchProcess):
        family.update(process.children(recursive=True))
    return family


def _session_of(leader: int) -> Iterable[psutil.Process]:
    for pid in psutil.pids():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            if pid and os.getsid(pid) == leader:
                yield psutil.Process(pid)


def wait_gone(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for all to end; those that have not. A zombie has: its parent may be slow to bury it."""
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if _runs(process)]) and time.monotonic() < deadline:
        time.sleep(BREATH)
        processes = alive
    return alive


def kill(processes: Iterable[psutil.Process]) -> None:
    """Signal 9 to all, then wait until they are gone."""
    processes = list(processes)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_gone(processes, KILL_SECONDS)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _put_aside_if_long(log: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_name(log.name + ".1"))
