"""Who is writing: told while it lasts, stored nowhere."""

from __future__ import annotations

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import Frame, Person, person
from tests.support.tables import make_room, rows


def _typing(someone: Person) -> list[tuple[str, str]]:
    return [(frame["type"], frame["user"]["id"]) for frame in someone.heard if frame["type"].startswith("typing.")]


async def test_the_others_see_somebody_start_and_stop(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann", name="Ann") as ann, person(live, acme, "bob") as bob:
        await ann.subscribe()
        await bob.subscribe()
        assert (await ann.ask("typing.start", room="general"))["type"] == "ok"
        started = await bob.event("typing.started")
        await ann.ask("typing.stop", room="general")
        stopped = await bob.event("typing.stopped")
    told: Frame = {"room": "general", "user": {"id": "ann", "name": "Ann"}}
    assert started == {"type": "typing.started", **told}
    assert stopped == {"type": "typing.stopped", **told}
    assert rows(acme, "SELECT last_seq FROM chat_room WHERE id = 'general'") == [(0,)]


async def test_stopping_without_having_started_tells_nobody(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await ann.subscribe()
        await bob.subscribe()
        assert (await ann.ask("typing.stop", room="general"))["type"] == "ok"
        await ann.send("hi")
        await bob.event("message.created")
        assert _typing(bob) == []


async def test_leaving_while_writing_stops_it(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "bob") as bob:
        await bob.subscribe()
        async with person(live, acme, "ann") as ann:
            await ann.subscribe()
            await ann.ask("typing.start", room="general")
            await bob.event("typing.started")
        await bob.event("typing.stopped")
        assert _typing(bob) == [("typing.started", "ann"), ("typing.stopped", "ann")]


async def test_a_lost_connection_stops_it_too(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "bob") as bob, person(live, acme, "ann") as ann:
        await bob.subscribe()
        await ann.subscribe()
        await ann.ask("typing.start", room="general")
        ann.connection.transport.abort()
        await bob.event("typing.stopped")


async def test_unsubscribing_while_writing_stops_it(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await ann.subscribe()
        await bob.subscribe()
        await ann.ask("typing.start", room="general")
        await ann.ask("room.unsubscribe", room="general")
        await bob.event("typing.stopped")


async def test_only_subscribers_write(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        for kind in ("typing.start", "typing.stop"):
            assert (await ann.ask(kind, room="general"))["code"] == "not_subscribed"


async def test_other_rooms_hear_nothing_of_it(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "other")
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await ann.subscribe()
        await bob.subscribe("other")
        await ann.ask("typing.start", room="general")
        await ann.send("hi", room="other")
        await bob.event("message.created", room="other")
        assert _typing(bob) == []
