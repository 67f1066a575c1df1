"""Eight tenants with equal rooms and people, two database connections, everything at once: nobody sees anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.isolation.cast import Twin, observer_of
from tests.isolation.observer import Found, Leak, Observer, Refusal, Silence
from tests.isolation.traffic import PLACES, Traffic
from tests.support.server import LiveServer
from tests.support.serving import ONE_AND_TWO, Serving

_CONNECTIONS = 2


Serve = Callable[..., LiveServer]


class LeakyServer(LiveServer):
    """With the leak that LEAK names: see the program."""

    program = ("-m", "tests.isolation.leaky_serve")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a server, leaky or tight, with fewer connections than tenants."""
    started: list[LiveServer] = []

    def start(kind: type[LiveServer] = LiveServer, *arguments: str, **env: str) -> LiveServer:
        log = tmp_path / f"serve-{len(started)}.log"
        server = kind(log, *arguments, DATABASE_POOL_SIZE=str(_CONNECTIONS), **env)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.kill()


@pytest.mark.parametrize("serving", ONE_AND_TWO, ids=str)
async def test_everything_at_once_and_nobody_sees_anything_of_anybody_else(
    serve: Serve, serving: Serving, eight: list[Twin]
) -> None:
    observer = observer_of(eight)
    traffic = Traffic(serve(LiveServer, *serving.arguments), eight, observer)
    await traffic.run(rounds=5)
    observer.check(PLACES)
    print({place: observer.count(place) for place in PLACES}, traffic.cut_sockets, traffic.cut_requests)
    assert observer.count("frame") > 1_000
    assert traffic.cut_sockets > 50
    assert traffic.cut_requests > 50


@pytest.mark.parametrize(
    "leak",
    [
        "scope_of_a_neighbour",
        "scope_of_the_process",
        "stale_path",
        "group_without_prefix",
        "feeds_by_room_alone",
        "one_lane_for_all",
        "host_of_another",
    ],
)
async def test_the_checker_finds_this_leak(serve: Serve, four: list[Twin], leak: str) -> None:
    found = await _findings(serve, four, leak)
    caught = found.of(Leak)
    if leak == "host_of_another":  # most of those who come to a stranger's door are turned away at it
        caught = [*caught, *found.of(Refusal)]
    assert caught, found


async def test_without_a_scope_nothing_is_shown_and_the_checker_says_so(serve: Serve, four: list[Twin]) -> None:
    """The door closes, it does not stand open: no leak, but nobody is served."""
    found = await _findings(serve, four, "scope_not_entered")
    assert not found.of(Leak), found
    assert {finding.place for finding in found.of(Silence)} >= {"frame", "rest", "page", "database"}


async def _findings(serve: Serve, twins: list[Twin], leak: str) -> Found:
    observer = observer_of(twins)
    await Traffic(serve(LeakyServer, LEAK=leak), twins, observer).run(rounds=2)
    with pytest.raises(Found) as found:
        observer.check(PLACES)
    return found.value


def test_the_checker_is_not_content_with_nothing() -> None:
    with pytest.raises(Found) as found:
        Observer({"t_a": "canary-0000000000000001"}).check(["frame"])
    assert found.value.of(Silence) == [Silence("frame", "t_a")]
