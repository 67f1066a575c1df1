"""Every case against both servers."""

import pytest
import pytest_asyncio

from tests.platform.servers.conformance.client import play
from tests.platform.servers.conformance.judge import faults
from tests.platform.servers.conformance.suite import CASES
from tests.platform.servers.process import ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["daphne", "uvicorn"])
async def server(request):
    """One echoing server for all the cases."""
    server = await ServerProcess.start(request.param)
    yield server
    await server.kill()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
async def test_the_server_does_as_the_case_expects(server, case):
    assert faults(case, await play(case, server.port)) == []
