import pytest

from tests.platform.servers.process import ServerProcess
from tests.platform.servers.wire import Wire


@pytest.fixture
async def start():
    """Start servers; whatever is left of them at the end of the test is killed."""
    started = []

    async def start(*arguments, **options):
        server = await ServerProcess.start(*arguments, **options)
        started.append(server)
        return server

    yield start
    Wire.abort_all()
    for server in started:
        await server.kill()


@pytest.fixture(params=["daphne", "uvicorn"])
def kind(request):
    """Either kind of server."""
    return request.param


@pytest.fixture
async def both(start, kind):
    """A running server of either kind."""
    return await start(kind)


@pytest.fixture
async def daphne(start):
    """A running Daphne."""
    return await start("daphne")
