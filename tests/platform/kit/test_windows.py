"""How often of late."""

from __future__ import annotations

from kit.windows import Windows


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_more_than_so_many_within_the_seconds_exceed_and_a_pause_heals_it() -> None:
    clock = Clock()
    windows = Windows(clock=clock)
    assert [windows.exceed("ann", 2, 10) for _ in range(4)] == [False, False, True, True]
    assert not windows.exceed("bob", 2, 10)
    clock.now = 10.0
    assert not windows.exceed("ann", 2, 10)


def test_a_window_slides() -> None:
    clock = Clock()
    windows = Windows(clock=clock)
    exceeded = []
    for moment in (0.0, 4.0, 8.0, 11.0, 12.0):
        clock.now = moment
        exceeded.append(windows.exceed("ann", 2, 10))
    assert exceeded == [False, False, True, False, True]
    clock.now = 14.0
    assert not windows.exceed("ann", 2, 10)


def test_what_comes_again_with_the_same_mark_happened_once() -> None:
    windows = Windows(clock=Clock())
    assert [windows.exceed("ann", 1, 10, "c1") for _ in range(5)] == [False] * 5
    assert [windows.exceed("ann", 1, 10, "c2") for _ in range(2)] == [True, True]


def test_the_longest_unused_is_forgotten_beyond_the_most() -> None:
    windows = Windows(most=2, clock=Clock())
    for key in ("ann", "bob", "ann", "carol"):
        windows.exceed(key, 1, 10)
    assert not windows.exceed("bob", 1, 10)
    assert windows.exceed("carol", 1, 10)
