"""Fan-out: deliveries a second that a system keeps up with, in three shapes."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.loop import run
from tests.bench.pace import Pace
from tests.bench.report import Table, ratio
from tests.bench.search import highest_steady
from tests.bench.shapes import FANOUT, Shape
from tests.bench.stage import staged
from tests.bench.step import Step
from tests.bench.systems.system import System

MOST_MS = 250.0
"""The 99th percentile from the moment when a message was due to its delivery, for a rate to count as held."""


def fanout(systems: list[System], pace: Pace, folder: Path) -> dict[str, Any]:
    """For each repetition and shape, one system after the other."""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for repetition in range(pace.repetitions):
        for shape in FANOUT:
            for system in systems:
                before = rows.setdefault(str(shape), {}).setdefault(system.name, [])
                guess = before[-1]["open"].messages_per_second if before and before[-1]["open"] else None
                before.append(_measure(system, shape, pace, folder, guess))
                _say(repetition, shape, system, before[-1])
    return rows


def _measure(system: System, shape: Shape, pace: Pace, folder: Path, guess: float | None) -> dict[str, Any]:
    system.prepare(shape)
    try:
        return run(_steps(system, shape, pace, folder, guess))
    finally:
        system.clear()


async def _steps(system: System, shape: Shape, pace: Pace, folder: Path, guess: float | None) -> dict[str, Any]:
    async with staged(system, shape, pace, folder) as stage:
        closed = await stage.closed()
        start = guess or 0.8 * closed.messages_per_second
        found = await highest_steady(stage.open, _steady, start, pace)
        rate = found.messages_per_second if found else start
        half, tenth = await stage.open(rate / 2), await stage.open(rate / 10)
        return {"closed": closed, "open": found, "half": half, "tenth": tenth, "steps": stage.steps}


def _steady(step: Step) -> bool:
    return step.whole and step.p99 is not None and step.p99 <= MOST_MS


def _say(repetition: int, shape: Shape, system: System, result: dict[str, Any]) -> None:
    held = result["open"].deliveries_per_second if result["open"] else 0
    print(
        f"  {repetition + 1}. {shape!s:>6} {system.name:<16} open {held:>9,.0f}/s"
        f"   closed {result['closed'].deliveries_per_second:>9,.0f}/s",
        flush=True,
    )


def table(rows: dict[str, Any]) -> Table:
    lines = []
    for shape, by_system in rows.items():
        reference = _held(by_system.get("tutorial", []))
        for name, results in by_system.items():
            held = _held(results)
            lines.append(
                [
                    shape,
                    name,
                    held,
                    ratio(held, reference),
                    median(r["closed"].deliveries_per_second for r in results),
                    *(_median(results, load, figure) for load in ("half", "tenth") for figure in ("p50", "p99")),
                    _median(results, "half", "cpu_per_million"),
                    max(step.load_cpu for r in results for step in r["steps"]),
                ]
            )
    heads = [
        "shape",
        "system",
        "open/s",
        "ratio",
        "closed/s",
        "p50 ½",
        "p99 ½",
        "p50 ⅒",
        "p99 ⅒",
        "CPU s/M",
        "load CPU",
    ]
    return Table(
        "Fan-out: deliveries a second with p99 within 250 ms and nothing missing; latencies in ms", heads, lines
    )


def _held(results: list[dict[str, Any]]) -> float:
    return median(r["open"].deliveries_per_second if r["open"] else 0.0 for r in results) if results else 0.0


def _median(results: list[dict[str, Any]], load: str, figure: str) -> float | None:
    found = [value for r in results if (value := getattr(r[load], figure)) is not None]
    return median(found) if found else None
