"""Bad input is refused alike on both servers, and on one worker and two."""

from __future__ import annotations

import pytest

from tests.support.serving import live_every_way


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    live_every_way(metafunc)
