"""Whoever is sent away hears of it on every socket, in whichever process it ends, and of nothing after."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer
from tests.support.sockets import Person, person
from tests.support.tables import fill, make_room

WAYS = {"removed": ("DELETE", "members/bob"), "banned": ("PUT", "bans/bob")}


@pytest.mark.parametrize("reason", WAYS)
async def test_every_socket_of_who_is_sent_away_ends_there(live: LiveServer, acme: Tenancy, reason: str) -> None:
    make_room(acme, "secret", "private", members=("ann", "bob"))
    fill(acme, 3, "secret", user="ann")
    async with AsyncExitStack() as stack:
        ann, *bobs = [
            await stack.enter_async_context(person(live, acme, user)) for user in ("ann", "bob", "bob", "bob", "bob")
        ]
        for listener in (ann, *bobs):
            await listener.subscribe("secret")
            await listener.subscribe("general")
        await ann.send("all together", room="secret")
        for bob in bobs:
            await bob.event("message.created", seq=4)
        method, place = WAYS[reason]
        assert as_server(live, acme).ask(method, f"/api/v1/rooms/secret/{place}", json={}).status in (201, 204)
        await ann.event("member.left", seq=5)
        await ann.send("without bob", room="secret")
        await ann.event("message.created", seq=6)
        await ann.send("elsewhere")
        for bob in bobs:
            await _hears_the_end(bob, reason)


async def _hears_the_end(bob: Person, reason: str) -> None:
    assert (await bob.event("room.unsubscribed"))["reason"] == reason
    await bob.event("message.created", room="general")
    assert [frame["type"] for frame in bob.durable("secret")] == ["message.created", "member.left"]
    assert (await bob.ask("room.unsubscribe", room="secret"))["code"] == "not_subscribed"
