"""A process that another one has begun for us."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from multiprocessing.connection import wait
from typing import BinaryIO


class Child:
    """What ``subprocess.Popen`` is to a child of one's own. ``told`` says on a line which process it is and, when that
    has ended, on another with which code."""

    def __init__(self, told: BinaryIO) -> None:
        self._told = told
        line = told.readline()
        assert line, "the nursery has ended"
        self.pid = int(line)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None and wait([self._told], 0):
            self._hear()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not wait([self._told], timeout):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self._hear()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _hear(self) -> None:
        self.returncode = int(self._told.readline())
        self._told.close()
