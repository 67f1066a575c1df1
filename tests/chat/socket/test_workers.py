"""Several workers behind one port are one service."""

from __future__ import annotations

from contextlib import AsyncExitStack

import psutil
import pytest

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.serving import EVERY_WAY
from tests.support.sockets import Person, person

_MOST_TRIES = 60

pytestmark = pytest.mark.parametrize(
    "live", [way for way in EVERY_WAY if way.workers > 1], indirect=True, ids=str, scope="session"
)


async def test_people_at_different_workers_are_in_the_same_room(live: LiveServer, acme: Tenancy) -> None:
    async with AsyncExitStack() as stack:
        ann = await stack.enter_async_context(person(live, acme, "ann", name="Ann"))
        bob = await _elsewhere(stack, live, acme, ann)
        for one in (ann, bob):
            await one.subscribe()
        seqs = [(await one.send(f"{number}"))["seq"] for number in range(10) for one in (ann, bob)]
        for one in (ann, bob):
            await one.event("message.created", seq=20)
            assert one.texts() == [f"{number}" for number in range(10) for _ in "ab"]
    assert seqs == list(range(1, 21))


async def _elsewhere(stack: AsyncExitStack, live: LiveServer, tenant: Tenancy, someone: Person) -> Person:
    """Bob, at another worker than ``someone``: which one takes a connection is the system's choice."""
    for _ in range(_MOST_TRIES):
        bob = await stack.enter_async_context(person(live, tenant, "bob"))
        if _worker(live, bob) != _worker(live, someone):
            return bob
    raise AssertionError(f"one worker took {_MOST_TRIES} connections, the other none")


def _worker(live: LiveServer, someone: Person) -> int:
    """The pid of the process at the other end of the socket."""
    port = someone.connection.local_address[1]
    for process in psutil.Process(live.pid).children():
        if any(each.raddr and each.raddr.port == port for each in process.net_connections("tcp")):
            return process.pid
    raise AssertionError("no worker has this connection")
