"""Who is online: seen by those who share a room, and by nobody if one does not want to be."""

from __future__ import annotations

from typing import Any

from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import Person, person
from tests.support.tables import make_room


async def _told(someone: Person, room: str = "ours", user: str = "ann", **state: Any) -> dict[str, Any]:
    return await someone.until(
        lambda frame: (
            (frame["type"], frame.get("room")) == ("presence.changed", room)
            and frame["user"]["id"] == user
            and state.items() <= frame.items()
        )
    )


async def test_people_see_each_other_come_and_hide(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "ours", "private", members=("ann", "bob"))
    ann, bobs = as_user(live, acme, "ann"), as_user(live, acme, "bob")
    async with person(live, acme, "bob") as bob:
        await bob.subscribe("ours")
        async with person(live, acme, "ann", name="Ann") as guest:
            await guest.subscribe("general")
            told = await _told(bob, online=True)
            assert told == {
                "type": "presence.changed",
                "room": "ours",
                "user": {"id": "ann", "name": "Ann"},
                "online": True,
                "last_seen": None,
            }
            await _told(guest, room="general", online=True)
            assert bobs.get("/api/v1/users/ann").json["online"]

            answer = ann.put("/api/v1/users/ann/presence", {"invisible": True})
            assert (answer.status, answer.json["online"], answer.json["invisible"]) == (200, False, True)
            assert (await _told(bob, online=False))["last_seen"] == answer.json["last_seen"]
            assert not bobs.get("/api/v1/users/ann").json["online"]

            assert as_server(live, acme).put("/api/v1/users/ann/presence", {"invisible": False}).json["online"]
            assert (await _told(bob, online=True))["last_seen"] == answer.json["last_seen"]
    assert bobs.put("/api/v1/users/ann/presence", {"invisible": True}).code == "not_allowed"
