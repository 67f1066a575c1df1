"""The protocol is the same on both servers, and on one worker and two."""

from __future__ import annotations

import pytest

from tests.support.serving import EVERY_WAY, IN_ONE_PROCESS, live_every_way


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A table's rows differ in what one frame or one token says, which is no matter of how many processes there are."""
    is_table = any(True for _ in metafunc.definition.iter_markers("parametrize"))
    live_every_way(metafunc, IN_ONE_PROCESS if is_table else EVERY_WAY)
