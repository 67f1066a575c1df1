"""``manage.py`` as people run it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

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
