"""Token buckets, by a clock of the test's own."""

from __future__ import annotations

import pytest

from kit import buckets
from kit.buckets import Bucket, Buckets


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(bucket: Bucket, tries: int) -> int:
    return sum(bucket.take() == 0 for _ in range(tries))


def test_a_burst_is_let_through_and_no_more(clock: Clock) -> None:
    assert taken(Bucket(10, 30, clock), 100) == 30


def test_afterwards_the_rate_holds(clock: Clock) -> None:
    bucket = Bucket(10, 30, clock)
    taken(bucket, 100)
    for _ in range(5):
        clock.now += 1.0
        assert taken(bucket, 100) == 10


def test_no_more_than_the_burst_is_saved_up(clock: Clock) -> None:
    bucket = Bucket(10, 30, clock)
    clock.now += 3_600
    assert taken(bucket, 100) == 30


def test_who_must_wait_is_told_how_long(clock: Clock) -> None:
    bucket = Bucket(4, 1, clock)
    assert bucket.take() == 0
    assert bucket.take() == pytest.approx(0.25)
    clock.now += 0.1
    assert bucket.take() == pytest.approx(0.15)
    clock.now += 0.15 + 1e-9
    assert bucket.take() == 0


def test_asking_in_vain_costs_nothing(clock: Clock) -> None:
    bucket = Bucket(1, 1, clock)
    bucket.take()
    for _ in range(100):
        assert bucket.take() > 0
    clock.now += 1
    assert bucket.take() == 0


@pytest.fixture
def crowd(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Buckets:
    """Buckets for three keys, by the test's clock."""
    monkeypatch.setattr(buckets, "Bucket", lambda rate, burst: Bucket(rate, burst, clock))
    return Buckets(most=3)


def test_each_key_has_a_bucket_of_its_own(crowd: Buckets) -> None:
    assert crowd.take("ann", 1, 1) == 0
    assert crowd.take("ann", 1, 1) > 0
    assert crowd.take("bob", 1, 1) == 0


def test_a_changed_limit_holds_at_once(crowd: Buckets) -> None:
    crowd.take("ann", 1, 1)
    assert crowd.take("ann", 1, 5) == 0
    assert crowd.take("ann", 1, 5) == 0


def test_beyond_the_most_the_longest_unused_is_dropped(crowd: Buckets) -> None:
    for key in ("ann", "bob", "carol"):
        crowd.take(key, 1, 1)
    crowd.take("ann", 1, 1)  # used again: bob is the longest unused now
    crowd.take("dave", 1, 1)
    assert crowd.take("ann", 1, 1) > 0
    assert crowd.take("bob", 1, 1) == 0, "a new bucket"
