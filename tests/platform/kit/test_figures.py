"""Counting in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kit.figures import Counted, Figures

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)


def _peaks(figures: Figures, minute: datetime) -> int:
    return sum(counted.connections for counted in figures.take(minute))


def test_what_was_taken_is_not_taken_again() -> None:
    figures = Figures()
    figures.of("acme").messages += 2
    figures.of("acme").deliveries += 6
    figures.of("globex").errors += 1
    assert figures.take(NOON) == [Counted("acme", 2, 6, 0, 0, 0), Counted("globex", 0, 0, 1, 0, 0)]
    assert figures.take(NOON) == []


def test_the_notes_of_a_minute_add_up_to_its_peak() -> None:
    figures = Figures()
    figures.of("acme").connect()
    figures.of("acme").connect()
    figures.of("acme").disconnect()
    first = _peaks(figures, NOON)
    for _ in range(3):
        figures.of("acme").connect()
    second = _peaks(figures, NOON)
    for _ in range(4):
        figures.of("acme").disconnect()
    assert (first, second, _peaks(figures, NOON)) == (2, 2, 0)
    assert figures.connections == 0


def test_who_stays_counts_in_every_minute_and_who_went_in_none_of_the_next() -> None:
    figures = Figures()
    figures.of("acme").connect()
    figures.of("globex").connect()
    assert _peaks(figures, NOON) == 2
    figures.of("globex").disconnect()
    assert figures.take(LATER) == [Counted("acme", 0, 0, 0, 0, 1), Counted("globex", 0, 0, 0, 0, 1)]
    assert figures.take(LATER + timedelta(minutes=1)) == [Counted("acme", 0, 0, 0, 0, 1)]


def test_what_could_not_be_noted_is_there_the_next_time() -> None:
    figures = Figures()
    figures.of("acme").messages += 2
    figures.of("acme").connect()
    figures.of("acme").connect()
    figures.of("acme").disconnect()
    taken = figures.take(NOON)
    figures.put_back(taken)
    figures.of("acme").messages += 1
    assert figures.take(NOON) == [Counted("acme", 3, 0, 0, 0, 2)]
