"""The ways to serve. What a test promises holds on all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Serving:
    """One way: the server, and how many processes share the port."""

    server: str = "daphne"
    workers: int = 1

    @property
    def arguments(self) -> tuple[str, ...]:
        """For ``manage.py serve``."""
        return "--server", self.server, "--workers", str(self.workers)

    def __str__(self) -> str:
        return self.server if self.workers == 1 else f"{self.server}-{self.workers}"


IN_ONE_PROCESS = (Serving("daphne"), Serving("uvicorn"))
ONE_AND_TWO = (Serving("daphne"), Serving("uvicorn", 2))
"""Both servers, and both numbers of processes: for scenarios that take long and are driven by many at once."""
EVERY_WAY = (Serving("daphne"), Serving("daphne", 2), Serving("uvicorn"), Serving("uvicorn", 2))

live_in_one_process = pytest.mark.parametrize("live", IN_ONE_PROCESS, indirect=True, ids=str, scope="session")
"""For a test that has to know that all its sockets end in the same process. Its docstring says why."""


def live_every_way(metafunc: pytest.Metafunc, ways: Sequence[Serving] = EVERY_WAY) -> None:
    """What ``pytest_generate_tests`` does in a folder whose tests hold on a server ``live`` of each of these ways."""
    asks_itself = any(mark.args[0] == "live" for mark in metafunc.definition.iter_markers("parametrize"))
    if "live" in metafunc.fixturenames and not asks_itself:
        metafunc.parametrize("live", ways, indirect=True, ids=str, scope="session")
