"""Report: a table on the terminal, everything as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    heads: Sequence[str]
    lines: Sequence[Sequence[Cell]]

    def __str__(self) -> str:
        texts = [list(self.heads), *([_text(cell) for cell in line] for line in self.lines)]
        widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
        numeric = [all(not isinstance(cell, str) for cell in column) for column in zip(*self.lines, strict=True)]
        rows = [
            "  ".join(
                text.rjust(width) if right else text.ljust(width)
                for text, width, right in zip(row, widths, numeric, strict=True)
            ).rstrip()
            for row in texts
        ]
        return "\n".join([self.title, "", rows[0], "-" * len(rows[0]), *rows[1:]])


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    return (
        f"{cell:,.0f}"
        if abs(cell) >= 100 or cell == int(cell)
        else f"{cell:,.2f}"
        if abs(cell) < 10
        else f"{cell:,.1f}"
    )


def ratio(value: float, reference: float) -> float | None:
    return value / reference if reference else None


def write(file: Path, machine: dict[str, Any], results: Any) -> None:
    """Every repetition and every step, beside the machine they were measured on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"machine": machine, "results": results}, default=_plain, indent=1) + "\n")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
