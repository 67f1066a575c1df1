"""``manage.py`` as people run it, and, where a process of its own is not the point, the same within this one."""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO
from unittest import mock

from django.core.management import execute_from_command_line

from tests.support import nursery

_PATIENCE = 60.0


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()


def manage(*arguments: str, typed: str = "", **env: str | None) -> Told:
    """Run it to its end. ``env`` goes on top of the tests' environment; None takes a variable away."""
    return python("manage.py", *arguments, typed=typed, **env)


def python(*arguments: str, typed: str = "", **env: str | None) -> Told:
    """``python *arguments`` likewise."""
    wanted = {name: value for name, value in {**os.environ, **env}.items() if value is not None}
    with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
        stdin.write(typed.encode())
        stdin.seek(0)
        streams = {"stdin": stdin.fileno(), "stdout": stdout.fileno(), "stderr": stderr.fileno()}
        begun = nursery.python(*arguments, env=wanted, **streams)
        try:
            return Told(begun.wait(_PATIENCE), _written(stdout), _written(stderr))
        finally:
            begun.kill()


def _written(stream: BinaryIO) -> str:
    stream.seek(0)
    return stream.read().decode()


def manage_here(*arguments: str, typed: str = "") -> Told:
    """Run it in this process, with this process's settings: what it prints and how it ends are the same."""
    out, err = io.StringIO(), io.StringIO()
    code: int | str | None = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch("sys.stdin", io.StringIO(typed)):
        try:
            execute_from_command_line(["manage.py", *arguments])
        except SystemExit as end:
            code = end.code
    return Told(int(code or 0), out.getvalue(), err.getvalue())
