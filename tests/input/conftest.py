"""Bad input is refused alike on both servers; how many processes share the port makes no difference to one frame."""

from __future__ import annotations

import pytest

from tests.support.serving import IN_ONE_PROCESS, live_every_way


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    live_every_way(metafunc, IN_ONE_PROCESS)
