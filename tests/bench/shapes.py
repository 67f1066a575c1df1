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
    def speakers(self) -> int:
        """How many of a room's listeners also send: one where rooms are many, a few in a single one."""
        return min(self.listeners, max(1, 10 // self.rooms))


FANOUT = (Shape(1, 500), Shape(50, 20), Shape(500, 2))
