"""Time for others: long reads and writes leave PostgreSQL and the processor alone for as long as they had them."""

from __future__ import annotations

from time import monotonic, sleep

_WORK, _MOST_REST = 0.02, 0.2
"""Seconds at a stretch."""


class Pauses:
    """One stretch of work after the other, each followed by a rest of its length, so that whoever chats meanwhile waits
    for some milliseconds at most. Ask often."""

    def __init__(self) -> None:
        self._begun = monotonic()

    def rest_if_due(self) -> None:
        worked = monotonic() - self._begun
        if worked > _WORK:
            sleep(min(worked, _MOST_REST))
            self._begun = monotonic()
