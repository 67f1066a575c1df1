"""Accepting: messages a second that are stored and answered, one listener in each room."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.report import Table
from tests.bench.search import highest_steady
from tests.bench.shapes import Shape
from tests.bench.stage import staged
from tests.bench.step import Step
from tests.bench.systems import System

MOST_MS = 50.0
"""The 99th percentile from the moment when a message was due to its ``ok``, for a rate to count as held."""
SHAPES = (Shape(1, 1), Shape(100, 1))


def accepting(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    rows: dict[str, dict[str, list[Any]]] = {str(shape): {} for shape in SHAPES}
    for _ in range(pace.repetitions):
        for shape in SHAPES:
            for system in filter(_answers, systems):
                system.prepare(shape)
                try:
                    rows[str(shape)].setdefault(system.name, []).append(run(_search(system, shape, pace, folder)))
                finally:
                    system.clear()
    return rows


def _answers(system: System) -> bool:
    return system.acknowledges


async def _search(system: System, shape: Shape, pace: Pace, folder: Path) -> dict[str, Any]:
    async with staged(system, shape, pace, folder) as stage:
        closed = await stage.closed()
        found = await highest_steady(stage.open, _steady, 0.8 * closed.messages_per_second, pace)
        return {"open": found, "steps": stage.steps}


def _steady(step: Step) -> bool:
    return step.whole and step.answer_p99 is not None and step.answer_p99 <= MOST_MS


def table(rows: dict[str, Any]) -> Table:
    lines = []
    for shape, by_system in rows.items():
        for name, results in by_system.items():
            held = [r["open"] for r in results if r["open"]]
            figures = ("messages_per_second", "answer_p50", "answer_p99", "server_cpu")
            lines.append([shape, name, *(_median([getattr(step, figure) for step in held]) for figure in figures)])
    heads = ["rooms", "system", "messages/s", "p50", "p99", "server CPU"]
    return Table("Accepted messages a second, p99 of the answer within 50 ms; latencies in ms", heads, lines)


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
