"""Sending: an ack is a promise, a client_id is a message, an order is kept."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

import pytest

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.sockets import Person, person
from tests.support.tables import change, held_room, make_room, rows, set_limits, stored_texts


async def test_the_ack_names_the_message(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        ack = await ann.send("hi")
    assert ack.keys() == {"type", "ref", "id", "seq", "created_at"}
    assert (ack["type"], ack["ref"], ack["seq"]) == ("ok", 1, 1)
    assert re.fullmatch(r"m_[a-z2-7]{26}", ack["id"])
    assert datetime.fromisoformat(ack["created_at"]).utcoffset() is not None


async def test_the_event_carries_the_whole_message(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann", name="Ann") as ann:
        await ann.subscribe()
        ack = await ann.send("hi", client_id="c1")
        event = await ann.event("message.created")
    assert event == {
        "type": "message.created",
        "room": "general",
        "seq": 1,
        "message": {
            "id": ack["id"],
            "seq": 1,
            "kind": "message",
            "user": {"id": "ann", "name": "Ann"},
            "text": "hi",
            "client_id": "c1",
            "created_at": ack["created_at"],
            "edited_at": None,
            "deleted": False,
            "data": None,
        },
    }


async def test_at_the_time_of_the_ack_everybody_else_can_read_the_message(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        for number in range(20):
            ack = await ann.send(f"message {number}")
            statement = "SELECT text FROM chat_message WHERE room_id = 'general' AND seq = %s"
            assert rows(acme, statement, ack["seq"]) == [(f"message {number}",)]


async def test_no_ack_comes_before_the_commit(live: LiveServer, acme: Tenancy) -> None:
    """While somebody holds the room's row, nothing can be committed, and nothing is acknowledged or heard."""
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        with held_room(acme, "general"):
            ref = await ann.say("message.send", room="general", text="hi")
            await ann.listen(0.5)
            await bob.listen(0.1)
            assert [frame for frame in ann.heard if frame.get("ref") == ref] == []
            assert bob.texts() == []
        assert (await ann.event("ok", ref=ref))["seq"] == 1
        assert (await bob.event("message.created"))["seq"] == 1


async def test_the_sender_has_the_ack_before_the_event(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        await ann.subscribe()
        for number in range(10):
            ref = await ann.say("message.send", room="general", text=str(number))
            first, second = await ann.next(), await ann.next()
            while first["type"] == "ok" and first["ref"] != ref:
                first, second = second, await ann.next()
            assert (first["type"], second["type"]) == ("ok", "message.created")
            assert first["seq"] == second["seq"]


async def test_who_only_sends_need_not_subscribe_and_hears_nothing(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        assert (await ann.send("hi"))["type"] == "ok"
        await ann.ask("ping")
        assert ann.durable() == []


async def test_25_sends_in_a_row_keep_their_order(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        refs = [await ann.say("message.send", room="general", text=f"{number}") for number in range(25)]
        acks = await ann.answers(refs)
        await bob.event("message.created", seq=25)
        assert [ack["seq"] for ack in acks] == list(range(1, 26))
        assert bob.texts() == [str(number) for number in range(25)]
    assert stored_texts(acme) == [str(number) for number in range(25)]


async def test_each_room_counts_for_itself(live: LiveServer, acme: Tenancy) -> None:
    for room in ("one", "two", "three"):
        make_room(acme, room)
    async with person(live, acme) as ann:
        order = ["one", "two", "one", "three", "two", "one"]
        refs = [await ann.say("message.send", room=room, text=f"{index}") for index, room in enumerate(order)]
        acks = await ann.answers(refs)
    assert [ack["seq"] for ack in acks] == [1, 1, 2, 1, 2, 3]
    assert stored_texts(acme, "one") == ["0", "2", "5"]
    assert stored_texts(acme, "two") == ["1", "4"]


async def test_one_bad_send_does_not_spoil_those_beside_it(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("bob",))
    async with person(live, acme, "ann") as ann:
        rooms = ["general", "secret", "general", "nowhere", "general"]
        refs = [await ann.say("message.send", room=room, text="hi") for room in rooms]
        answers = await ann.answers(refs)
    found = [answer.get("seq") or answer["code"] for answer in answers]
    assert found == [1, "not_allowed", 2, "room_not_found", 3]


# client_id


async def test_the_same_client_id_again_is_the_same_message(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        first = await ann.send("hi", client_id="c1")
        again = await ann.send("hi", client_id="c1")
        other_text = await ann.send("something else", client_id="c1")
        await ann.send("last")
        await bob.event("message.created", seq=2)
    for repeat in (again, other_text):
        assert {**repeat, "ref": first["ref"]} == first
    assert stored_texts(acme) == bob.texts() == ["hi", "last"]


async def test_a_repeat_after_reconnecting_is_the_same_message(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        first = await ann.send("hi", client_id="c1")
    async with person(live, acme, "ann") as ann:
        again = await ann.send("hi", client_id="c1")
    assert (again["id"], again["seq"]) == (first["id"], first["seq"])


async def test_repeats_in_one_breath_and_from_two_sockets_are_one_message(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, sends_per_second=1_000, send_burst=1_000)
    async with (
        person(live, acme, "ann") as phone,
        person(live, acme, "ann") as laptop,
        person(live, acme, "bob") as bob,
    ):
        await bob.subscribe()

        async def repeat(device: Person) -> list[tuple[str, int]]:
            found = []
            for number in range(20):
                refs = [
                    await device.say("message.send", room="general", text="x", client_id=f"c{number}") for _ in "ab"
                ]
                found += [await device.event("ok", ref=ref) for ref in refs]
            return [(ack["id"], ack["seq"]) for ack in found]

        ours, theirs = await asyncio.gather(repeat(phone), repeat(laptop))
        await phone.send("last")
        await bob.event("message.created", seq=21)
    assert ours == theirs
    assert [frame["seq"] for frame in bob.durable()] == list(range(1, 22))
    assert len(stored_texts(acme)) == 21


async def test_a_client_id_belongs_to_one_user_and_one_room(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "other")
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        sent = [
            await ann.send("hi", client_id="c1"),
            await bob.send("hi", client_id="c1"),
            await ann.send("hi", room="other", client_id="c1"),
        ]
    assert len({answer["id"] for answer in sent}) == 3


# Rooms that take no message


async def test_an_archived_room_takes_no_message_but_still_knows_its_repeats(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        first = await ann.send("hi", client_id="c1")
        change(acme, "UPDATE chat_room SET archived_at = now()")
        assert (await ann.send("too late"))["code"] == "room_archived"
        assert (await ann.send("hi", client_id="c1"))["seq"] == first["seq"]
    assert stored_texts(acme) == ["hi"]


# Refs


@pytest.mark.parametrize("ref", [0, -1, 7, 2**53, "a", "", "x" * 64, "🐙", None])
async def test_the_answer_carries_the_ref_as_it_was(live: LiveServer, acme: Tenancy, ref: object) -> None:
    async with person(live, acme) as ann:
        await ann.say("message.send", ref=ref, room="general", text="hi")
        assert (await ann.next())["ref"] == ref
        await ann.say("message.send", ref=ref, room="nowhere", text="hi")
        assert (await ann.next())["ref"] == ref
        await ann.say("nonsense", ref=ref)
        assert (await ann.next())["ref"] == ref


async def test_a_command_without_a_ref_is_answered_with_null(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        await ann.connection.send('{"type": "message.send", "room": "general", "text": "hi"}')
        answer = await ann.next()
    assert (answer["type"], answer["ref"], answer["seq"]) == ("ok", None, 1)


@pytest.mark.parametrize("ref", [2**53 + 1, 1.5, True, [1], {"a": 1}, "x" * 65])
async def test_a_ref_that_cannot_be_given_back_is_refused(live: LiveServer, standing: Tenancy, ref: object) -> None:
    async with person(live, standing) as ann:
        await ann.say("message.send", ref=ref, room="general", text="hi")
        answer = await ann.next()
    assert (answer["code"], answer["ref"], answer["errors"][0]["field"]) == ("invalid", None, "ref")
    assert stored_texts(standing) == []
