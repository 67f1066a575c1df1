"""Search: the highest rate that a system holds steadily."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import sqrt

from tests.bench.pace import Pace
from tests.bench.step import Step

Try = Callable[[float], Awaitable[Step]]
Good = Callable[[Step], bool]
_STRIDE = 1.5


async def highest_steady(attempt: Try, good: Good, guess: float, pace: Pace) -> Step | None:
    """Bracket the highest good rate from a guess, then halve the bracket down to the pace's precision.

    A rate is good if one of two attempts is: the machine has other things to do, too. None if no rate was good.
    """
    low, high = 0.0, float("inf")
    best: Step | None = None
    rate = guess
    for _ in range(pace.most_steps):
        step = await attempt(rate)
        if not good(step):
            step = await attempt(rate)
        if good(step):
            low, best = rate, step
        else:
            high = rate
        if high / low < 1 + pace.precision if low else high < 0.1:
            break
        rate = _next(low, high)
    return best


def _next(low: float, high: float) -> float:
    if high == float("inf"):
        return low * _STRIDE
    if not low:
        return high / _STRIDE
    return sqrt(low * high)
