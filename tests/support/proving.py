"""Proving: some tests are short in ``make test`` and long in ``make prove``, which sets these variables, and leave
figures for the page that it writes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from time import monotonic
from typing import Any

PROVING = bool(os.environ.get("PARLEY_PROVE"))
PATIENCE = 0 if PROVING else 300
"""Of pytest-timeout, for a test that is drawn long: none."""
_MINUTES = float(os.environ.get("PARLEY_PROVE_MINUTES") or 0)
_SIZE = float(os.environ.get("PARLEY_PROVE_SIZE") or 1)


def amount(short: int, long: int) -> int:
    """How many: ``long`` (times SIZE) when proving."""
    return max(short, round(long * _SIZE)) if PROVING else short


def seconds(short: float, minutes: float) -> float:
    """How long: so many minutes (or MINUTES) when proving."""
    return 60 * (_MINUTES or minutes) if PROVING else short


def noted(record: Any, name: str, value: float) -> None:
    """Keep a figure with the test's result, for the page and for ``--junitxml``, and print it (``-s``)."""
    value = round(value, 3)
    record(name, value)
    print(f"\n    {name}: {value:,}")


def noted_times(record: Any, name: str, times: Iterable[float]) -> float:
    """Keep how many, and the percentiles; the 99th."""
    ordered = sorted(times)
    assert ordered, f"there is no {name}"
    for label, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        noted(record, f"{name}, {label}", percentile(ordered, share))
    noted(record, f"{name}, number", len(ordered))
    return percentile(ordered, 0.99)


def percentile(ordered: list[float], share: float) -> float:
    """The least value that at least that share of them does not exceed."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


class Stopwatch:
    """Seconds since something was over, for the report; tests assert generous bounds only."""

    def __init__(self) -> None:
        self._began = monotonic()

    @property
    def seconds(self) -> float:
        return monotonic() - self._began
