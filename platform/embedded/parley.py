"""Parley's own processes: commands of manage.py that end by themselves, and services that do not."""

import contextlib
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from embedded.errors import CannotRun
from embedded.folders import Folders
from embedded.process import Child, Sleep
from embedded.progress import step
from embedded.record import Record

DRAIN_SECONDS = 4.5  # for all services together; ten, less what Valkey and PostgreSQL may need


class Parley:
    """manage.py of a checkout, run by this interpreter in the given environment."""

    def __init__(self, folders: Folders, env: Mapping[str, str], record: Record, sleep: Sleep) -> None:
        self._folders = folders
        self._env = env
        self._record = record
        self._sleep = sleep

    def do(self, command: str, *, logged: bool = True) -> None:
        """Run a command to its end; not logged, it speaks to the terminal. Raises CannotRun if it fails."""
        child = self._start(command, logged=logged)
        try:
            child.finish()
        finally:
            child.stop((signal.SIGTERM, 1.0))

    @contextlib.contextmanager
    def serving(self, commands: Sequence[str]) -> Iterator[list[Child]]:
        """Services, all asked at once to drain at the end."""
        children: list[Child] = []
        try:
            for command in commands:
                child = self._start(command)
                children.append(child)
            yield children
        finally:
            with step("Parley: stopping"):
                _drain(children)

    def _start(self, command: str, *, logged: bool = True) -> Child:
        name, *arguments = shlex.split(command)
        child = Child(name, self._folders.logs / f"{name}.log", self._record, self._sleep)
        manage = self._folders.checkout / "manage.py"
        child.start(
            [sys.executable, manage, name, *arguments],
            cwd=self._folders.checkout,
            env=self._env,
            logged=logged,
        )
        return child


def _drain(children: Sequence[Child]) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    for child in children:
        child.send(signal.SIGTERM)
    for child in children:
        child.stop((signal.SIGTERM, max(0.0, deadline - time.monotonic())))


def all_live(children: Sequence[Child]) -> bool:
    """True, or CannotRun with the name of the one that has ended and the place of its log."""
    for child in children:
        if not child.alive:
            raise CannotRun(f"{child.name} has ended with code {child.exit_code}. Its log: {child.log}")
    return True
