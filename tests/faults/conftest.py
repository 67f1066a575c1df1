"""One stage for the folder; each test finds it whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.stage import Stage, StageTenant, raised
from tests.support.serving import Serving


@pytest.fixture(scope="package")
def standing_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with raised(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture
def serving(request: pytest.FixtureRequest) -> Serving:
    """How the stage serves; a test may be parametrised with others."""
    return getattr(request, "param", Serving())


@pytest.fixture
def stage(standing_stage: Stage, serving: Serving) -> Iterator[Stage]:
    standing_stage.serving = serving
    yield standing_stage
    standing_stage.clear()


@pytest.fixture
def tenant(stage: Stage) -> StageTenant:
    return stage.tenant()
