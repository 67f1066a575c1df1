"""Page: tests/RESULTS.md, a section for each part that was ever run, replaced when it runs again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.prove.parts import PARTS, Part

PAGE = Path(__file__).resolve().parents[1] / "RESULTS.md"
_HEAD = """# Proofs

What `make prove` found when each part was last run; `make prove PART=storm MINUTES=30` runs one again and replaces its
section. The tests themselves say what they promise, and `make test` runs all of them in short. Each part ends with its
tests passed, or says which did not.
"""
_OUTCOMES = ("failure", "error", "skipped")


@dataclass(frozen=True)
class Tested:
    """One test: how it ended, and the figures that it noted."""

    name: str
    outcome: str
    figures: Sequence[tuple[str, str]]


def read_report(report: Path) -> list[Tested]:
    """pytest's JUnit XML."""
    return [_tested(case) for case in ElementTree.parse(report).iter("testcase")]


def _tested(case: ElementTree.Element) -> Tested:
    outcome = next((kind for kind in _OUTCOMES if case.find(kind) is not None), "passed")
    figures = [(each.get("name", ""), each.get("value", "")) for each in case.iter("property")]
    return Tested(case.get("name", ""), outcome, figures)


def enter(part: Part, tested: Sequence[Tested], seconds: float, facts: dict[str, Any], page: Path = PAGE) -> None:
    """Put the part's section in its place."""
    sections = _sections(page)
    sections[part.name] = "\n".join(_section(part, tested, seconds, facts))
    ordered = [sections[each.name] for each in PARTS if each.name in sections]
    page.write_text("\n".join([_HEAD, *ordered]))


def _sections(page: Path) -> dict[str, str]:
    if not page.exists():
        return {}
    _, *sections = page.read_text().split("\n## ")
    return {section.partition("\n")[0]: f"## {section.rstrip()}\n" for section in sections}


def _section(part: Part, tested: Sequence[Tested], seconds: float, facts: dict[str, Any]) -> Iterator[str]:
    yield f"## {part.name}\n"
    yield f"{part.about}\n"
    passed = sum(each.outcome == "passed" for each in tested)
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    yield f"{when} UTC, {seconds:,.0f} s, {passed} of {len(tested)} tests passed. On {_machine(facts)}.\n"
    yield from (f"* **{each.outcome}**: `{each.name}`\n" for each in tested if each.outcome != "passed")
    for each in tested:
        if each.figures:
            yield from _table(each)


def _machine(facts: dict[str, Any]) -> str:
    load = facts["load_average_at_start"][0]
    return f"{facts['cores']} cores of {facts['processor']}, {facts['memory_gib']} GiB, load at the start {load:.1f}"


def _table(tested: Tested) -> Iterator[str]:
    yield f"`{tested.name}`\n"
    yield "| | |"
    yield "|---|---:|"
    yield from (f"| {name} | {_figure(value)} |" for name, value in tested.figures)
    yield ""


def _figure(value: str) -> str:
    try:
        return f"{float(value):,.3f}".rstrip("0").rstrip(".")
    except ValueError:
        return value
