"""A real Prometheus with the project's own rules, on a port and in a folder of the test's own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.plugin import ROOT
from tests.support.server import free_port

WATCHING = ROOT / "deploy" / "watching"
PROMTOOL = shutil.which("promtool")
PROMETHEUS = shutil.which("prometheus")
_PATIENCE = 20.0


class Prometheus:
    """Scrapes the ports from ``first`` on each second. A ``hasty`` one has no more patience than that: what is to last
    for minutes before an alert fires has to last for a second, and rates are those of five seconds."""

    def __init__(self, folder: Path, first: int, *, hasty: bool) -> None:
        self.port = free_port()
        self._folder = folder
        rules = (WATCHING / "alerts.yml").read_text()
        if hasty:
            rules = re.sub(r"\bfor: \w+", "for: 1s", re.sub(r"\[\d+m\]", "[5s]", rules))
        (folder / "alerts.yml").write_text(rules)
        text = (WATCHING / "prometheus.yml").read_text().replace("interval: 15s", "interval: 1s")
        for number in range(8):
            text = text.replace(f":{9464 + number}\n", f":{first + number}\n")
        (folder / "prometheus.yml").write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Prometheus:
        assert PROMETHEUS is not None
        arguments = [
            f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
        ]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen([PROMETHEUS, *arguments], stderr=log, stdout=log)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                self.ask("1")
            except urllib.error.URLError:
                time.sleep(0.1)
            else:
                return self
        raise AssertionError((self._folder / "log").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_PATIENCE)

    def ask(self, query: str, kind: str = "query", **options: object) -> list[dict[str, Any]]:
        """The samples that a query finds."""
        asked = urllib.parse.urlencode({"query": query.replace("$__rate_interval", "10s"), **options})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{kind}?{asked}", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        return found

    def firing(self) -> set[str]:
        """The alerts that do."""
        return self.alerting('alertstate="firing"')

    def alerting(self, of: str = "") -> set[str]:
        """The alerts that fire or are about to."""
        return {sample["metric"]["alertname"] for sample in self.ask(f"ALERTS{{{of}}}")}


@contextmanager
def scraping(folder: Path, first: int, *, hasty: bool = False) -> Iterator[Prometheus]:
    prometheus = Prometheus(folder, first, hasty=hasty)
    try:
        yield prometheus.start()
    finally:
        prometheus.stop()


def alerts() -> set[str]:
    return set(re.findall(r"alert: (\w+)", (WATCHING / "alerts.yml").read_text()))


def panels() -> list[dict[str, Any]]:
    """Those of the dashboard."""
    found: list[dict[str, Any]] = json.loads((WATCHING / "dashboard.json").read_text())["panels"]
    return found


def queries() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]
