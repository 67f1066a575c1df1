"""Schedule: when each message is due, whatever the server does. That makes the loop an open one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Schedule:
    """``rate`` messages a second for ``seconds``, evenly from ``start`` (of ``perf_counter``)."""

    start: float
    rate: float
    seconds: float

    @property
    def messages(self) -> int:
        return max(1, int(self.rate * self.seconds))

    def due(self, place: int) -> float:
        return self.start + place / self.rate

    def reached(self, now: float) -> int:
        """How many messages are due by now."""
        return min(self.messages, int((now - self.start) * self.rate) + 1) if now >= self.start else 0


async def play(schedule: Schedule, send: Callable[[int, float], None], hopeless: Callable[[float], bool]) -> int:
    """Send each message when it is due, or as soon after as we get to it; returns how many were sent.

    Stops early when ``hopeless``, asked four times a second, says so.
    """
    sent, asked = 0, perf_counter()
    while sent < schedule.messages:
        now = perf_counter()
        for place in range(sent, reached := schedule.reached(now)):
            send(place, schedule.due(place))
        sent = max(sent, reached)
        if now - asked > 0.25:
            asked = now
            if hopeless(now):
                break
        await asyncio.sleep(max(0.001, schedule.due(sent) - perf_counter()))
    return sent
