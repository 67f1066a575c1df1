"""Token buckets: a steady rate with a burst on top, counted in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """How a bucket stood once it was asked: ``wait`` is 0 when a token was taken, otherwise the seconds until the next
    one is there; ``remaining`` whole tokens are left; in ``reset`` seconds it is full again."""

    wait: float
    remaining: int
    reset: float


class Bucket:
    """``rate`` tokens a second flow in, at most ``burst`` are kept."""

    __slots__ = ("_clock", "_tokens", "_updated", "burst", "rate")

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst = rate, burst
        self._clock = clock
        self._tokens, self._updated = burst, clock()

    def take(self) -> float:
        """0 when a token was taken; otherwise the seconds until the next one is there."""
        now = self._clock()
        self._tokens = min(self.burst, self._tokens + (now - self._updated) * self.rate)
        self._updated = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self.rate

    def stand(self) -> Standing:
        """As ``take``, and how the bucket stands now."""
        wait = self.take()
        return Standing(wait, int(self._tokens), (self.burst - self._tokens) / self.rate)


class Buckets:
    """A bucket for each key, the longest unused dropped beyond ``most`` keys."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._buckets: OrderedDict[Hashable, Bucket] = OrderedDict()

    def take(self, key: Hashable, rate: float, burst: float) -> float:
        """As ``Bucket.take``, for the bucket of ``key``. A changed rate or burst holds from now on."""
        return self._bucket(key, rate, burst).take()

    def stand(self, key: Hashable, rate: float, burst: float) -> Standing:
        """As ``Bucket.stand``, for the bucket of ``key``. A changed rate or burst holds from now on."""
        return self._bucket(key, rate, burst).stand()

    def _bucket(self, key: Hashable, rate: float, burst: float) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None or (bucket.rate, bucket.burst) != (rate, burst):
            bucket = self._buckets[key] = Bucket(rate, burst)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return bucket
