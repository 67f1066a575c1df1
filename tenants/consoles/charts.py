"""Charts of figures over time: what Unfold's chart components read, and the same as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_COLOURS = {"errors": "var(--color-red-600)"}
_MOST_LABELS = 6


class Point(Protocol):
    """What is measured, over one stretch of time: a figure, or something else that has the measure."""

    @property
    def label(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure of the points. ``summed``: its total says something, otherwise its most does."""

    measure: str
    title: str
    points: Sequence[Point]
    summed: bool = True

    @property
    def rows(self) -> list[tuple[str, int]]:
        return [(point.label, getattr(point, self.measure)) for point in self.points]

    @property
    def values(self) -> list[int]:
        return [value for _, value in self.rows]

    @property
    def summary(self) -> int:
        return sum(self.values) if self.summed else max(self.values, default=0)

    @property
    def data(self) -> str:
        """For Chart.js."""
        colour = _COLOURS.get(self.measure, "var(--color-primary-600)")
        dataset = {
            "label": self.title,
            "data": self.values,
            "backgroundColor": colour,
            "borderColor": colour,
            "displayYAxis": True,
            "maxTicksXLimit": _MOST_LABELS,
        }
        return json.dumps({"labels": [label for label, _ in self.rows], "datasets": [dataset]})
