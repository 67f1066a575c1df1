"""What a spreadsheet is given to open."""

from __future__ import annotations

import pytest

from kit.csv_cells import plain_cell


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula_to_a_spreadsheet(cell: str) -> None:
    assert plain_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("value", ["ann", 7, ""])
def test_what_is_none_stays_as_it_is(value: object) -> None:
    assert plain_cell(value) == str(value)
