"""Figures: what a process counts in memory until it notes it. To count is to add to an integer, once for whatever comes
together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

PLATFORM = ""
"""Whose figures are no tenant's."""


class Counted(NamedTuple):
    """What came together since the last time. ``connections`` is by how much the minute's peak grew here: the sum over
    all processes and notes is the minute's."""

    schema_name: str
    messages: int
    deliveries: int
    errors: int
    embeds: int
    connections: int


class Tally:
    """One tenant in this process. Since it was made: ``messages`` stored, ``deliveries`` (durable events times
    sockets), ``errors`` (internal ones), ``embeds`` (sockets opened by customers' pages). Now: ``connections``."""

    __slots__ = ("_noted", "_peak", "_told", "connections", "deliveries", "embeds", "errors", "messages")

    def __init__(self) -> None:
        self.messages = self.deliveries = self.errors = self.embeds = self.connections = 0
        self._noted = self._counts
        self._peak = 0  # connections at once since the last note
        self._told = 0  # of this minute's peak

    def connect(self) -> None:
        self.connections += 1
        self._peak = max(self._peak, self.connections)

    def disconnect(self) -> None:
        self.connections -= 1

    def take(self, schema_name: str, *, new_minute: bool) -> Counted:
        if new_minute:
            self._told = 0
        grown = max(0, self._peak - self._told)
        counts = self._counts
        fresh = (count - noted for count, noted in zip(counts, self._noted, strict=True))
        self._noted = counts
        self._peak, self._told = self.connections, self._told + grown
        return Counted._make((schema_name, *fresh, grown))

    def put_back(self, counted: Counted) -> None:
        self._noted = tuple(noted - count for noted, count in zip(self._noted, counted[1:-1], strict=True))
        self._told -= counted.connections
        self._peak = max(self._peak, self._told + counted.connections)

    @property
    def idle(self) -> bool:
        """Nothing is open, and nothing was counted since the last note."""
        return not self._peak and self._counts == self._noted

    @property
    def _counts(self) -> tuple[int, ...]:
        return self.messages, self.deliveries, self.errors, self.embeds


class Figures:
    """A process's tallies, by schema."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._minute: datetime | None = None

    def of(self, schema_name: str) -> Tally:
        """To be asked for each time: a tenant that is quiet is forgotten."""
        tally = self._tallies.get(schema_name)
        if tally is None:
            tally = self._tallies[schema_name] = Tally()
        return tally

    @property
    def connections(self) -> int:
        """Open now, of all tenants."""
        return sum(tally.connections for tally in self._tallies.values())

    @property
    def crowds(self) -> dict[str, int]:
        """Open now, by schema."""
        return {name: tally.connections for name, tally in self._tallies.items() if tally.connections}

    def tallies(self) -> list[tuple[str, Tally]]:
        """By schema; another thread may ask."""
        return list(self._tallies.items())

    def take(self, minute: datetime) -> list[Counted]:
        """What has to be noted for ``minute``; from here on it counts as noted."""
        new_minute, self._minute = minute != self._minute, minute
        if new_minute:
            self._tallies = {name: tally for name, tally in self._tallies.items() if not tally.idle}
        counted = [tally.take(name, new_minute=new_minute) for name, tally in self._tallies.items()]
        return [each for each in counted if any(each[1:])]

    def put_back(self, counted: Iterable[Counted]) -> None:
        """It could not be noted: the next ``take`` has it again."""
        for each in counted:
            self.of(each.schema_name).put_back(each)
