"""The table of OWASP's ASVS is complete, and what it names is there."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.support.named_tests import is_test, tables_of
from tests.support.plugin import ROOT

PAGE = ROOT / "deploy" / "ASVS.md"
# Sections of ASVS 5.0 and how many requirements of levels 1 and 2 each has; those of level 3 come behind them.
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4
11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7
16.1:1 16.2:5 16.3:4 16.4:3 16.5:3 17.1:1 17.2:4 17.3:2
"""
REQUIREMENTS = [
    f"{section}.{number}"
    for section, most in (each.split(":") for each in SECTIONS.split())
    for number in range(1, int(most) + 1)
]
ROWS = [row for name, rows in tables_of(PAGE).items() if name.startswith("V") for row in rows]
WRITTEN = {"this page", "what is written there"}


def test_each_requirement_of_level_2_has_its_row() -> None:
    assert len(REQUIREMENTS) == 253
    assert [number for number, *_ in ROWS] == REQUIREMENTS


def test_the_page_counts_its_rows_right() -> None:
    states = Counter(state for _, _, state, _, _ in ROWS)
    said = re.search(r"(\d+) met, (\d+) not applicable, (\d+) not met", PAGE.read_text())
    assert said is not None
    assert dict(zip(("met", "not applicable", "not met"), map(int, said.groups()), strict=True)) == states


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_where_and_by_which_test_or_why_not(row: list[str]) -> None:
    _, requirement, state, where, shown = row
    assert requirement
    for place in re.findall(r"`([^`]+)`", where):
        assert (ROOT / place).is_file(), place
    named = re.findall(r"`([^`]+)`", shown)
    if state == "met":
        assert where
        assert named == ["make check"] or all(map(is_test, named)), shown
        assert named or (shown in WRITTEN and re.fullmatch(r"(`[\w./-]+\.md`(, )?)+", where)), "a test, or a document"
    else:
        assert shown.endswith("."), "a reason"
        assert all((ROOT / name).exists() for name in named if name.startswith("tests/"))
