"""Pace: how long things are measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of each step, before and while it counts; ``precision`` is where a search for a rate ends."""

    seconds: float = 4.0
    warm_up: float = 1.0
    precision: float = 0.06
    most_steps: int = 12
    repetitions: int = 3
    share: float = 1.0
    """Of the full counts (connections, tenants, pages)."""

    def count(self, full: int) -> int:
        return max(10, int(full * self.share))


QUICK = Pace(seconds=2.0, warm_up=0.5, precision=0.15, most_steps=9, repetitions=1, share=0.2)
