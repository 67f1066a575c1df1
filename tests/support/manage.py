"""``manage.py`` as people run it, and, where a process of its own is not the point, the same within this one."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from unittest import mock

from django.core.management import execute_from_command_line

from tests.support.plugin import ROOT

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
    wanted = {name: value for name, value in {**os.environ, **env}.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=wanted,
        input=typed,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
    )
    return Told(done.returncode, done.stdout, done.stderr)


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
