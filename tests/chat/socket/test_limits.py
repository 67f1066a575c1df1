"""What one may do, and how much of it."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.support.cast import Tenancy
from tests.support.server import LiveServer
from tests.support.serving import live_in_one_process
from tests.support.sockets import Frame, Person, person
from tests.support.tables import make_room, set_limits, stored_texts


async def _send_many(someone: Person, count: int) -> list[Frame]:
    refs = [await someone.say("message.send", room="general", text=f"{number}") for number in range(count)]
    return await someone.answers(refs)


# Pace


async def test_a_burst_of_30_passes_and_what_is_beyond_is_refused_and_not_stored(
    live: LiveServer, acme: Tenancy
) -> None:
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        answers = await _send_many(ann, 60)
        refused = [answer for answer in answers if answer["type"] == "error"]
        passed = [number for number, answer in enumerate(answers) if answer["type"] == "ok"]
        await bob.event("message.created", seq=len(passed))
        assert bob.texts() == stored_texts(acme) == [str(number) for number in passed]
    assert passed[:30] == list(range(30))
    assert 1 <= len(refused) <= 30
    for answer in refused:
        assert answer.keys() == {"type", "ref", "code", "message", "retry_after"}
        assert answer["code"] == "rate_limited"
        assert 0 < answer["retry_after"] <= 0.1


async def test_who_waits_as_told_may_send_again(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, sends_per_second=1, send_burst=1)
    async with person(live, acme) as ann:
        assert (await ann.send("one"))["type"] == "ok"
        refusal = await ann.send("two")
        await asyncio.sleep(refusal["retry_after"] + 0.01)
        assert (await ann.send("two"))["type"] == "ok"


@live_in_one_process
async def test_two_sockets_of_one_user_share_one_pace_and_others_have_their_own(
    live: LiveServer, acme: Tenancy
) -> None:
    """In one process: each counts in its own memory."""
    set_limits(acme, sends_per_second=1, send_burst=2)
    async with (
        person(live, acme, "ann") as phone,
        person(live, acme, "ann") as laptop,
        person(live, acme, "bob") as bob,
    ):
        answers = [await device.send("hi") for device in (phone, laptop, phone, bob)]
    assert [answer.get("code", "ok") for answer in answers] == ["ok", "ok", "rate_limited", "ok"]


async def test_refused_sends_do_not_end_the_socket(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, sends_per_second=1, send_burst=1)
    async with person(live, acme) as ann:
        answers = await _send_many(ann, 15)
        assert [answer["type"] for answer in answers] == ["ok"] + ["error"] * 14
        assert (await ann.ask("ping"))["type"] == "pong"


async def test_a_flood_is_cut_off_with_4429(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, sends_per_second=1, send_burst=1)
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await bob.subscribe()
        for _ in range(100):
            await ann.connection.send("ping")
        error = await ann.event("error")
        assert (error["code"], await ann.closed()) == ("flood", 4429)
        await bob.send("still here")
        await bob.event("message.created")


# Sizes


@pytest.mark.parametrize("letter", ["a", "é", "漢", "🐙"])
async def test_8000_characters_pass_whatever_their_bytes(live: LiveServer, acme: Tenancy, letter: str) -> None:
    async with person(live, acme) as ann:
        await ann.connection.send(_send_frame(letter * 8_000))
        assert (await ann.next())["type"] == "ok"
    assert stored_texts(acme) == [letter * 8_000]


@pytest.mark.parametrize("letter", ["a", "🐙"])
async def test_8001_characters_are_refused(live: LiveServer, acme: Tenancy, letter: str) -> None:
    async with person(live, acme) as ann:
        await ann.connection.send(_send_frame(letter * 8_001))
        answer = await ann.next()
        assert (answer["code"], answer["errors"]) == ("invalid", [{"field": "text", "code": "too_long"}])
        assert (await ann.send("short"))["type"] == "ok"
    assert stored_texts(acme) == ["short"]


def _send_frame(text: str) -> str:
    return json.dumps({"type": "message.send", "ref": 1, "room": "general", "text": text}, ensure_ascii=False)


async def test_a_frame_of_64_kib_is_read_and_one_byte_more_ends_the_socket(live: LiveServer, acme: Tenancy) -> None:
    frame = '{"type": "ping", "ref": 1, "padding": "%s"}'
    padding = "x" * (65_536 - len(frame) + 2)
    async with person(live, acme) as ann:
        await ann.connection.send(frame % padding)
        assert (await ann.next())["type"] == "pong"
        await ann.connection.send(frame % (padding + "x"))
        assert await ann.closed() == 1009


async def test_a_frame_in_pieces_counts_as_a_whole(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        await ann.connection.send(["x" * 40_000, "x" * 40_000])
        assert await ann.closed() == 1009


# Rooms


async def test_a_connection_carries_100_rooms(live: LiveServer, acme: Tenancy) -> None:
    rooms = [make_room(acme, f"room-{number}") for number in range(101)]
    async with person(live, acme) as ann:
        assert {(await ann.subscribe(room))["type"] for room in rooms[:100]} == {"ok"}
        assert (await ann.subscribe(rooms[100]))["code"] == "too_many_rooms"
        assert (await ann.subscribe(rooms[0]))["type"] == "ok"
        await ann.ask("room.unsubscribe", room=rooms[0])
        assert (await ann.subscribe(rooms[100]))["type"] == "ok"


# Bad frames


async def test_ten_bad_frames_in_a_row_end_the_socket(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        for _ in range(10):
            await ann.connection.send("{")
        assert await ann.closed() == 4400
        assert [frame["code"] for frame in ann.heard[1:]] == ["bad_json"] * 10


@pytest.mark.parametrize("good", ['{"type": "ping"}', "ping", '{"type": "room.subscribe", "room": "general"}'])
async def test_a_good_frame_in_between_begins_the_row_anew(live: LiveServer, acme: Tenancy, good: str) -> None:
    async with person(live, acme) as ann:
        for _ in range(3):
            for _ in range(9):
                await ann.connection.send("{")
            await ann.connection.send(good)
        answers = [await ann.next() for _ in range(30)]
        assert [answer["type"] for answer in answers].count("error") == 27
        assert (await ann.ask("ping"))["type"] == "pong"


async def test_refusals_of_good_frames_do_not_end_the_socket(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        for _ in range(15):
            assert (await ann.subscribe("nowhere"))["code"] == "room_not_found"
        assert (await ann.ask("ping"))["type"] == "pong"


# Limits are columns of the tenant's row


async def test_changed_limits_hold_within_a_second_on_open_sockets(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "other")
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        await ann.subscribe()
        assert (await ann.send("x" * 20))["type"] == "ok"
        set_limits(acme, text_characters=10, rooms_per_connection=1, sends_per_second=1, send_burst=3)
        await _until_changed(ann)
        assert (await ann.send("x" * 20))["errors"] == [{"field": "text", "code": "too_long"}]
        assert (await ann.send("x" * 10))["type"] == "ok"
        assert (await ann.subscribe("other"))["code"] == "too_many_rooms"
        answers = await _send_many(ann, 5)
        assert [answer["type"] for answer in answers][-2:] == ["error", "error"]
        assert (await bob.send("mine"))["type"] == "ok"


async def _until_changed(someone: Person) -> None:
    """A second, which is what a change may take; less when it shows sooner."""
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        answer = await someone.send("x" * 20, client_id="probe", room="nowhere")
        if answer["code"] == "invalid":
            return
        await asyncio.sleep(0.1)


async def test_a_lower_frame_size_holds_on_open_sockets(live: LiveServer, acme: Tenancy) -> None:
    frame = '{"type": "ping", "padding": "%s"}'
    async with person(live, acme) as ann:
        await ann.connection.send(frame % ("x" * 5_000))
        assert (await ann.next())["type"] == "pong"
        set_limits(acme, frame_bytes=2_048)
        await asyncio.sleep(1.0)
        await ann.connection.send(frame % ("x" * 1_500))
        assert (await ann.next())["type"] == "pong"
        await ann.connection.send(frame % ("é" * 1_500))
        assert (await ann.next())["code"] == "too_big"
        assert await ann.closed() == 1009


async def test_a_lower_pace_holds_for_the_flood_on_open_sockets(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme) as ann:
        set_limits(acme, sends_per_second=1, send_burst=1)
        await asyncio.sleep(1.0)
        for _ in range(100):
            await ann.connection.send("ping")
        assert await ann.closed() == 4429
