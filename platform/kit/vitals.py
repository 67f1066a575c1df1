"""Vitals: what a process has timed and counted since it began, for whoever watches it (``watching``).

Plain integers, added to by the event loop or a thread of Django's; what reads them from another thread may see a
number that is one too small, and never one that goes back.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""


class Histogram:
    """How many took how long: ``counts[i]`` at most ``BOUNDS[i]`` seconds and more than the bound before, the last one
    longer than all; ``seconds`` is their sum."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def observe_since(self, times: Sequence[float], now: float) -> None:
        """What began at those times, in order, and ended together: a search for each bucket, not for each time."""
        bucket, end = bisect_left(BOUNDS, now - times[-1]), len(times)
        while end:
            start = bisect_left(times, now - BOUNDS[bucket], 0, end) if bucket < len(BOUNDS) else 0
            self.counts[bucket] += end - start
            bucket, end = bucket + 1, start
        self.seconds += now * len(times) - sum(times)


acks = Histogram()
"""From a message's arrival to its answer."""
deliveries = Histogram()
"""From a message's arrival to its hand-over to the sockets of this process."""
bell = Histogram()
"""From ringing to hearing it, through Redis: by the process's own beat."""
loop_lag = Histogram()
"""How much later than it asked for a task of the event loop runs."""
provisioning = Histogram()
requests: defaultdict[str, Histogram] = defaultdict(Histogram)
"""HTTP requests by class of status, such as ``2xx``."""
jobs: defaultdict[str, Histogram] = defaultdict(Histogram)
"""Jobs by how they ended: ``done`` or ``failed``."""
errors: Counter[str] = Counter()
"""Refusals by code, over HTTP and sockets."""
closed: Counter[str] = Counter()
"""Sockets by close code; codes that are none of ours as ``other``."""
webhooks: Counter[str] = Counter()
"""Requests to customers' endpoints: ``sent`` or ``failed``."""
