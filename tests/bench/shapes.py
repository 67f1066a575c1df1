"""Shapes: how many rooms, and how many listeners in each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    rooms: int
    listeners: int

    def __str__(self) -> str:
        return f"{self.rooms}x{self.listeners}"

    @property
    def in_flight(self) -> int:
        """Messages under way at a time in a closed loop."""
        return max(16, 2 * self.rooms)

    @property
    def senders(self) -> int:
        """Sockets that send."""
        return max(10, self.rooms)

    def senders_of(self, room: int) -> range:
        """One for each room, where there are many; a few for a single one."""
        return range(room, self.senders, self.rooms)


FANOUT = (Shape(1, 500), Shape(50, 20), Shape(500, 2))
