"""The one table of error codes."""

from __future__ import annotations

import re

import pytest

from kit import errors
from kit.errors import TABLE, Code, ParleyError

ROWS = [pytest.param(row, id=row.name) for row in TABLE.values()]


def test_every_row_has_a_name_of_its_own() -> None:
    rows = [value for value in vars(errors).values() if isinstance(value, Code)]
    assert len(rows) == len(TABLE) == len({row.name for row in rows})
    assert all(name == row.name for name, row in TABLE.items())


@pytest.mark.parametrize("row", ROWS)
def test_a_row_makes_sense(row: Code) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", row.name)
    assert getattr(errors, row.name.upper()) is row
    assert 400 <= row.status <= 503
    assert row.title
    assert not row.title.endswith(".")
    assert row.close in (None, 1009, 1012, 1013) or 4400 <= row.close <= 4499


@pytest.mark.parametrize("row", ROWS)
def test_what_may_be_tried_again_is_the_weather_and_nothing_else(row: Code) -> None:
    """And a repeat whose first request is still under way: soon it has an answer. And whatever comes to a place that a
    tenant has left: soon its name leads to the other."""
    assert row.retryable == (row.status in (429, 500, 503) or row in (errors.IDEMPOTENCY_BUSY, errors.TENANT_MOVED))


@pytest.mark.parametrize("row", ROWS)
def test_close_codes_follow_the_contract(row: Code) -> None:
    """Whatever ends a socket for want of a credential ends it with 4401, for want of a right with 4403."""
    assert (row.close == 4401) == (row.status == 401)
    if row.close == 4403:
        assert row.status == 403


def test_the_contracts_close_codes_are_all_there() -> None:
    named = {row.close for row in TABLE.values()} | {errors.READER_TOO_SLOW, errors.SERVER_RESTARTING}
    assert {4400, 4401, 4403, 4408, 4429, 1009, 1012} <= named


def test_an_error_says_its_title_when_it_has_nothing_better_to_say() -> None:
    assert str(ParleyError(errors.BUSY)) == errors.BUSY.title
    assert str(ParleyError(errors.BUSY, "The queue is full.")) == "The queue is full."
    assert ParleyError(errors.INVALID, errors=[{"field": "a", "code": "b"}]).errors == ({"field": "a", "code": "b"},)
