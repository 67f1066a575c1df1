"""Timing in memory."""

from __future__ import annotations

import random

from kit.vitals import BOUNDS, Histogram


def test_times_together_are_counted_as_each_alone() -> None:
    generator = random.Random(7)
    for size in (1, 2, 50):
        together, alone = Histogram(), Histogram()
        times = sorted(generator.choice([0.0004, 0.003, 0.3, 7.0, 60.0]) * generator.random() for _ in range(size))
        now = times[-1] + generator.random() / 100
        together.observe_since(times, now)
        for began in times:
            alone.observe(now - began)
        assert together.counts == alone.counts
        assert abs(together.seconds - alone.seconds) < 1e-6


def test_a_bound_belongs_to_its_bucket() -> None:
    histogram = Histogram()
    histogram.observe(BOUNDS[0])
    histogram.observe(BOUNDS[-1] + 1)
    assert (histogram.counts[0], histogram.counts[-1], sum(histogram.counts)) == (1, 1, 2)
