"""How far a long run is, told from time to time."""

from __future__ import annotations

import time
from collections.abc import Callable

_EVERY_SECONDS = 5.0


class Progress:
    """``step`` after each of ``total``; a line every five seconds says how many are done, the rate and what is left."""

    def __init__(
        self, total: int, things: str, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._things, self._write, self._clock = total, things, write, clock
        self._began = self._told = clock()
        self._done = 0

    def step(self) -> None:
        self._done += 1
        now = self._clock()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            self._write(self._line(now - self._began))

    def _line(self, seconds: float) -> str:
        rate = self._done / seconds
        left = (self._total - self._done) / rate
        return f"{self._done:,} of {self._total:,} {self._things}, {rate:.1f} a second, {left:,.0f} s left"
