"""Tenants for a test, made before its event loop runs."""

from __future__ import annotations

import pytest

from tests.isolation.cast import Twin, make_twins


@pytest.fixture
def eight() -> list[Twin]:
    return make_twins(8)


@pytest.fixture
def four() -> list[Twin]:
    return make_twins(4)


@pytest.fixture
def two() -> list[Twin]:
    return make_twins(2)
