"""How often a user, and an address, may come to the door of the socket."""

from __future__ import annotations

import json

from tests.chat.socket.knocking import refused
from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import set_limits


async def _turned_away(server: LiveServer, tenant: Tenancy, user: str) -> None:
    status, body = await refused(server, tenant.host, subprotocols=["parley.v1", f"bearer.{tenant.token(user)}"])
    told = json.loads(body)
    assert (status, told["code"], told["status"]) == (429, "rate_limited", 429)
    assert 0 < told["retry_after"] <= 60


async def test_a_user_who_connects_too_often_has_to_wait(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, connects_per_minute=2)
    for _ in range(2):
        async with person(live, acme, "ann"):
            pass
    await _turned_away(live, acme, "ann")
    async with person(live, acme, "bob"):
        pass


async def test_an_address_that_connects_too_often_has_to_wait_whoever_comes(
    live: LiveServer, acme: Tenancy, globex: Tenancy
) -> None:
    set_limits(acme, address_connects_per_minute=2)
    for user in ("ann", "bob"):
        async with person(live, acme, user):
            pass
    await _turned_away(live, acme, "carol")
    async with person(live, globex, "carol"):
        pass
