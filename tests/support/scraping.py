"""``/metrics`` as Prometheus reads it."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable

from prometheus_client.parser import text_string_to_metric_families

from tests.support.server import free_port

_PATIENCE = 20.0


def free_ports(count: int) -> int:
    """The first of so many ports in a row; likely free, for the kernel gives none of them out of turn."""
    return free_port() - count


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
