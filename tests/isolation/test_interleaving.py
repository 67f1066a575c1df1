"""Eight tenants with equal rooms and people, two database connections, everything at once: nobody sees anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.isolation.cast import Twin, observer_of
from tests.isolation.observer import Found, Observer, Silence
from tests.isolation.traffic import PLACES, Traffic
from tests.support.server import LiveServer
from tests.support.serving import ONE_AND_TWO, Serving

_CONNECTIONS = 2


Serve = Callable[..., LiveServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a server with fewer connections than tenants."""
    started: list[LiveServer] = []

    def start(*arguments: str) -> LiveServer:
        log = tmp_path / f"serve-{len(started)}.log"
        started.append(LiveServer(log, *arguments, DATABASE_POOL_SIZE=str(_CONNECTIONS)))
        return started[-1].start()

    yield start
    for server in started:
        server.kill()


@pytest.mark.usefixtures("live")  # another process, for one that is alone soon rings no bell
@pytest.mark.parametrize("serving", ONE_AND_TWO, ids=str)
async def test_everything_at_once_and_nobody_sees_anything_of_anybody_else(
    serve: Serve, serving: Serving, eight: list[Twin]
) -> None:
    observer = observer_of(eight)
    traffic = Traffic(serve(*serving.arguments), eight, observer)
    await traffic.run(rounds=5)
    observer.check(PLACES)
    print({place: observer.count(place) for place in PLACES}, traffic.cut_sockets, traffic.cut_requests)
    assert observer.count("frame") > 1_000
    assert traffic.cut_sockets > 50
    assert traffic.cut_requests > 50


def test_the_checker_is_not_content_with_nothing() -> None:
    with pytest.raises(Found) as found:
        Observer({"t_a": "canary-0000000000000001"}).check(["frame"])
    assert found.value.of(Silence) == [Silence("frame", "t_a")]
