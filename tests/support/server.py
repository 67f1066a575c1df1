"""Parley's own server, as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import ClassVar
from weakref import WeakSet

import psutil

from embedded import process
from tests.support import nursery

_PATIENCE = 30.0
_READY = b"Listening on "


class LiveServer:
    """``manage.py serve`` on a port of its own. ``env`` goes on top of the tests' environment."""

    program: tuple[str, ...] = ("manage.py",)
    made: ClassVar[WeakSet[LiveServer]] = WeakSet()

    def __init__(self, log: Path, *arguments: str, **env: str) -> None:
        self.made.add(self)
        self.port = free_port()
        self._log = log
        self._arguments = arguments
        self._env = env
        self._log_before = self._told = 0
        self._process: subprocess.Popen[bytes] | nursery.Child | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> LiveServer:
        with self._log.open("ab") as log:
            self._log_before = log.tell()
            self._process = nursery.python(
                *self.program,
                *("serve", "--port", str(self.port), *self._arguments),
                env={**os.environ, "PORT": str(self.port), **self._env},
                stdout=log.fileno(),
                stderr=log.fileno(),
                serves=self.program == LiveServer.program,
            )
        self._wait_until_ready()
        return self

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Until it ends; the exit code."""
        assert self._process is not None
        return self._process.wait(_PATIENCE)

    def kill(self) -> None:
        """SIGKILL, to its workers too."""
        assert self._process is not None
        process.kill(process.family_of(psutil.Process(self.pid)))
        self._process.wait()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        return self._log.read_text()

    def news(self) -> str:
        """What it has logged since the last call."""
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._told)
            logged = log.read()
            self._told = log.tell()
        return logged.decode(errors="replace")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            assert self.running, f"the server ended:\n{self.log()}"
            if self._all_workers_serve() and self._is_healthy():
                return
            time.sleep(0.05)
        raise AssertionError(f"the server was not ready in {_PATIENCE} s:\n{self.log()}")

    def _all_workers_serve(self) -> bool:
        return _READY in self._log.read_bytes()[self._log_before :]

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
