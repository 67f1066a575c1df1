"""How far one has read: it only moves forward, and the others see it."""

from __future__ import annotations

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import fill, make_room, rows


async def test_the_answer_says_how_far_one_has_read(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    async with person(live, acme, "ann") as ann:
        answer = await ann.ask("read.mark", room="general", seq=3)
    assert answer == {"type": "ok", "ref": 1, "room": "general", "read_seq": 3}
    assert rows(acme, "SELECT user_id, read_seq FROM chat_member") == [("ann", 3)]


async def test_it_never_moves_back(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    async with person(live, acme, "ann") as ann:
        marks = [(await ann.ask("read.mark", room="general", seq=seq))["read_seq"] for seq in (2, 4, 1, 0, 4)]
    assert marks == [2, 4, 4, 4, 4]


async def test_it_never_moves_past_the_rooms_last(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    async with person(live, acme, "ann") as ann:
        assert (await ann.ask("read.mark", room="general", seq=2**63 - 1))["read_seq"] == 5


async def test_everybody_in_the_room_sees_it_move_and_only_then(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    async with person(live, acme, "ann", name="Ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        for seq in (3, 3, 1, 4):
            await ann.ask("read.mark", room="general", seq=seq)
        await bob.event("read.moved", seq=4)
        moves = [frame for frame in bob.heard if frame["type"] == "read.moved"]
    user = {"id": "ann", "name": "Ann"}
    assert moves == [{"type": "read.moved", "room": "general", "user": user, "seq": seq} for seq in (3, 4)]


async def test_reading_an_open_room_announces_no_member(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        await ann.ask("read.mark", room="general", seq=5)
        await bob.event("read.moved")
        assert bob.durable() == []


async def test_an_outsider_marks_nothing(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("bob",))
    fill(acme, 5, "secret", user="bob")
    async with person(live, acme, "ann") as ann:
        assert (await ann.ask("read.mark", room="secret", seq=1))["code"] == "not_allowed"
        assert (await ann.ask("read.mark", room="nowhere", seq=1))["code"] == "room_not_found"
    assert rows(acme, "SELECT user_id FROM chat_member WHERE user_id = 'ann'") == []
