"""Signs of life."""

from __future__ import annotations

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import person


async def test_a_ping_is_answered_with_its_ref(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        assert await ann.ask("ping") == {"type": "pong", "ref": 1}


async def test_a_bare_ping_is_answered_barely(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        await ann.connection.send("ping")
        assert await ann.connection.recv() == "pong"


async def test_a_ping_of_the_protocol_below_is_answered(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        await (await ann.connection.ping())
