"""Fixtures for all: the database migrated, a server, tenants."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import settings

from tests.support.cast import Tenancy, make_tenant
from tests.support.server import LiveServer
from tests.support.serving import Serving
from tests.support.tables import unhurried

# The same examples each time, however slow the machine: a gate says the same of the same code. For new ones:
# ``pytest --hypothesis-profile default``.
settings.register_profile("parley", deadline=None, derandomize=True)
settings.load_profile("parley")

_SHOWN = 10_000
"""Characters of a server's log that a failed test shows."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first: at the end it would keep one worker busy and the others waiting."""
    items.sort(key=lambda item: "/faults/" not in item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the servers logged in its time."""
    report = yield
    if report.failed or report.when == "teardown":
        logged = [(server.port, server.news()) for server in LiveServer.made]
        report.sections += [
            (f"Log of the server on port {port}", _unfolded(news)[-_SHOWN:])
            for port, news in logged
            if news and report.failed
        ]
    return report


def _unfolded(news: str) -> str:
    """A traceback is one line of JSON there."""
    return news.replace("\\n", "\n")


@pytest.fixture(scope="session", autouse=True)
def database(django_db_blocker: object) -> Iterator[None]:
    """This worker's database, migrated once. Tests keep apart by tenants of their own, as customers do."""
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield


@pytest.fixture
def acme() -> Tenancy:
    return make_tenant("acme")


@pytest.fixture
def globex() -> Tenancy:
    return make_tenant("globex")


@pytest.fixture(scope="session")
def standing(database: None) -> Tenancy:
    """For tests that change nothing in their tenant, refusals above all: to make one takes longer than they do."""
    made = make_tenant("standing")
    unhurried(made)
    return made


@pytest.fixture(scope="session")
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, database: None
) -> Iterator[LiveServer]:
    """One server for all tests of a worker, or for all that ask for the same way of serving."""
    serving = getattr(request, "param", Serving())
    server = LiveServer(tmp_path_factory.mktemp(f"live-{serving}") / "serve.log", *serving.arguments).start()
    yield server
    server.stop()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """Start servers of the test's own: ``serve(*arguments, **env)``."""
    started: list[LiveServer] = []

    def start(*arguments: str, **env: str) -> LiveServer:
        started.append(LiveServer(tmp_path / f"serve-{len(started)}.log", *arguments, **env).start())
        return started[-1]

    yield start
    for server in started:
        if server.running:
            server.kill()
