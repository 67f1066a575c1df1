"""Histogram: latencies, counted in steps of a tenth of a millisecond."""

from __future__ import annotations

_PER_SECOND = 10_000
_MOST = 30 * _PER_SECOND  # what took longer counts as this


class Histogram:
    """Seconds in, milliseconds out."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.total = 0

    def add(self, seconds: float, times: int = 1) -> None:
        step = min(int(seconds * _PER_SECOND), _MOST)
        self._counts[step] = self._counts.get(step, 0) + times
        self.total += times

    def join(self, other: Histogram) -> None:
        for step, times in other._counts.items():
            self._counts[step] = self._counts.get(step, 0) + times
        self.total += other.total

    def percentile(self, share: float) -> float | None:
        """Milliseconds below which that share (0 to 1) of all lies, rounded up to a step; None without any."""
        wanted, seen = share * self.total, 0
        for step in sorted(self._counts):
            seen += self._counts[step]
            if seen >= wanted:
                return (step + 1) * 1000 / _PER_SECOND
        return None
