"""Tables of documents that name tests, and whether those are there, found without running anything."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.support.plugin import ROOT


def tables_of(document: Path) -> dict[str, list[list[str]]]:
    """The rows of each heading's table, without the row of names."""
    parts = re.split(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    found = {heading: _rows(text) for heading, text in zip(parts[1::2], parts[2::2], strict=True)}
    return {heading: rows for heading, rows in found.items() if rows}


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[1:]]


def is_test(node: str) -> bool:
    """Whether there is such a test; ``node`` as pytest names it, without parameters."""
    path, _, name = node.partition("::")
    return name.startswith("test_") and name in _functions_of(path)


@cache
def _functions_of(path: str) -> frozenset[str]:
    file = ROOT / path
    if file.suffix != ".py" or not file.is_file():
        return frozenset()
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(each.name for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, functions))
