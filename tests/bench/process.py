"""Process: a server under test, on a core of its own, and what it uses up."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from tests.bench.cores import SERVER_CORE, pin

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60.0
_STOP_SECONDS = 15.0


class Process:
    """A server that runs already and listens on ``port`` of 127.0.0.1."""

    def __init__(self, pid: int, port: int) -> None:
        self.port = port
        self._usage = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        times = self._usage.cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Bytes that are this process's alone. Takes milliseconds."""
        return int(self._usage.memory_full_info().uss)

    def resident(self) -> int:
        """Bytes in memory, shared ones too. Takes next to no time, and so disturbs no latencies."""
        return int(self._usage.memory_info().rss)

    def files(self) -> int:
        """Files and sockets that it has open. Takes next to no time."""
        return self._usage.num_fds()


class Started(Process):
    """One that we start and stop: ``command`` listens on ``port`` once it is ready."""

    def __init__(self, command: Sequence[str], port: int, *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(command, cwd=cwd, env=dict(env), stdout=output, stderr=output)
        pin(self._child.pid, SERVER_CORE)
        super().__init__(self._child.pid, port)
        self._wait_until_listening()

    def stop(self) -> None:
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()

    def _wait_until_listening(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self._log.read_text()[-4000:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError(f"the server did not listen within {_START_SECONDS:g} s:\n{self._log.read_text()[-4000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def child_environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", **more}
