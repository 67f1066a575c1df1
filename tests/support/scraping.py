"""``/metrics`` as Prometheus reads it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.support.plugin import ROOT
from tests.support.server import LiveServer, free_port

_PATIENCE = 20.0


class Scraped:
    """One answer."""

    def __init__(self, port: int) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            self.text: str = answer.read().decode()
        self.families = {family.name: family for family in text_string_to_metric_families(self.text)}

    def sum(self, name: str, **labels: str) -> float:
        """Over all samples of that name that have these labels."""
        samples = [sample for family in self.families.values() for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


def scraped(port: int, until: Callable[[Scraped], bool] = lambda _: True) -> Scraped:
    """Once there is somebody who answers, and answers so."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            found = Scraped(port)
            if until(found):
                return found
        except urllib.error.URLError:
            pass
        assert time.monotonic() < deadline, f"port {port} did not answer so"
        time.sleep(0.1)


@dataclass(frozen=True)
class Watched:
    """Two web processes, which answer on ``port`` and the one behind it, and after them one for jobs."""

    server: LiveServer
    port: int


@contextmanager
def watched_processes(folder: Path) -> Iterator[Watched]:
    port = free_port() - 4  # the kernel gives ports out of turn, so those in a row are likely free
    env = {"METRICS_ADDRESS": f"127.0.0.1:{port}"}
    server = LiveServer(folder / "serve.log", "--workers", "2", **env).start()
    worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env={**os.environ, **env})
    try:
        yield Watched(server, port)
    finally:
        worker.terminate()
        worker.wait(_PATIENCE)
        server.kill()
