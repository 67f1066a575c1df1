"""Bad frames: each gets its stable code, the socket lives on, nothing is stored, nobody else notices."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.input.hostile import LONE_SURROGATES, NO_JSON, NO_OBJECT, NUL
from tests.support.cast import Tenancy, make_tenant
from tests.support.server import LiveServer
from tests.support.sockets import Frame, Person, person
from tests.support.tables import rows, set_limits


@pytest.fixture(scope="module")
def tenant(database: None) -> Tenancy:
    made = make_tenant("acme")
    set_limits(made, sends_per_second=1_000, send_burst=1_000, connects_per_minute=1_000_000)
    return made


@pytest_asyncio.fixture
async def ann(live: LiveServer, tenant: Tenancy) -> AsyncIterator[Person]:
    """Who disturbs. Behind her Bob listens, and afterwards has heard nothing but what she properly said."""
    async with undisturbed(live, tenant), person(live, tenant, "ann") as ann:
        yield ann


@asynccontextmanager
async def undisturbed(live: LiveServer, tenant: Tenancy) -> AsyncIterator[None]:
    stored = "SELECT count(*) FROM chat_message"
    async with person(live, tenant, "bob") as bob:
        await bob.subscribe()
        before = rows(tenant, stored)
        yield
        assert rows(tenant, stored) == before
        await bob.send("still here")
        await bob.event("message.created")
        assert bob.texts() == ["still here"]


async def _answer(someone: Person, frame: str | bytes) -> Frame:
    """The answer to a raw frame; and the socket lives on."""
    await someone.connection.send(frame)
    answer = await someone.next()
    await someone.connection.send("ping")
    assert await someone.next() == {"type": "pong"}
    return answer


@pytest.mark.parametrize("frame", NO_JSON.values(), ids=NO_JSON)
async def test_what_is_no_json_is_bad_json(ann: Person, frame: str) -> None:
    answer = await _answer(ann, frame)
    assert (answer["type"], answer["code"], answer["ref"]) == ("error", "bad_json", None)


@pytest.mark.parametrize("frame", NO_OBJECT.values(), ids=NO_OBJECT)
async def test_what_is_no_object_is_a_bad_frame(ann: Person, frame: str) -> None:
    assert (await _answer(ann, frame))["code"] == "bad_frame"


NO_TYPE = {
    "no type": {"ref": 1, "room": "general", "text": "hi"},
    "empty": {},
    "a number": {"type": 7},
    "null": {"type": None},
    "true": {"type": True},
    "a list": {"type": ["message.send"]},
    "an object": {"type": {"message.send": 1}},
}


@pytest.mark.parametrize("frame", NO_TYPE.values(), ids=NO_TYPE)
async def test_a_frame_without_a_type_is_a_bad_frame(ann: Person, frame: Frame) -> None:
    assert (await _answer(ann, json.dumps(frame)))["code"] == "bad_frame"


@pytest.mark.parametrize(
    "kind",
    ["", "hello", "message.created", "MESSAGE.SEND", "message.send ", "__class__", "\u0000", "x" * 10_000, "🐙", "%s"],
)
async def test_an_unknown_type_is_an_unknown_command(ann: Person, kind: str) -> None:
    answer = await _answer(ann, json.dumps({"type": kind, "ref": "r"}))
    assert (answer["code"], answer["ref"]) == ("unknown_command", "r")
    assert len(answer["message"]) < 300


@pytest.mark.parametrize("frame", [b"", b"{}", b'{"type": "ping"}', b"\x00\xff" * 100])
async def test_binary_frames_are_bad_frames(ann: Person, frame: bytes) -> None:
    assert (await _answer(ann, frame))["code"] == "bad_frame"


SEND = {"type": "message.send", "room": "general", "text": "hi"}
SUBSCRIBE = {"type": "room.subscribe", "room": "general"}
MARK = {"type": "read.mark", "room": "general", "seq": 0}

WRONG_FIELDS: list[tuple[str, Frame, str, object]] = [
    *(("a text that is not text", SEND, "text", value) for value in (None, 7, True, ["hi"], {"a": "hi"})),
    *(("a room that is no id", SEND, "room", value) for value in (None, 7, True, [], "", "r" * 65, "r" * 50_000)),
    *(("a client_id that is no id", SEND, "client_id", value) for value in (7, True, [], "", "c" * 129)),
    *(("a since that is no seq", SUBSCRIBE, "since", value) for value in ("5", 1.5, True, [], -1, 2**63, 10**300)),
    *(("an epoch that is no text", SUBSCRIBE, "epoch", value) for value in (7, True, [], "e" * 65)),
    *(("a seq that is no seq", MARK, "seq", value) for value in (None, "5", 1.0, False, -1, 2**63, 10**300)),
    *(("NUL", SEND, field, "a\x00b") for field in ("text", "room", "client_id")),
    ("NUL", SUBSCRIBE, "room", "\x00"),
    ("NUL", SUBSCRIBE, "epoch", "e\x00"),
    ("NUL", MARK, "room", "general\x00"),
    ("NUL", {"type": "room.unsubscribe", "room": ""}, "room", "\x00"),
    ("NUL", {"type": "typing.start", "room": ""}, "room", "\x00"),
]


@pytest.mark.parametrize(
    ("frame", "field", "value"),
    [wrong[1:] for wrong in WRONG_FIELDS],
    ids=[f"{name}: {frame['type']} {field}={str(value)[:10]!r}" for name, frame, field, value in WRONG_FIELDS],
)
async def test_a_field_of_the_wrong_kind_is_invalid_and_named(
    ann: Person, frame: Frame, field: str, value: object
) -> None:
    answer = await _answer(ann, json.dumps({**frame, "ref": 1, field: value}))
    assert (answer["code"], answer["ref"]) == ("invalid", 1)
    assert [error["field"] for error in answer["errors"]] == [field]
    assert all(error["code"] for error in answer["errors"])


@pytest.mark.parametrize("field", ["text", "room"])
async def test_a_field_that_is_missing_is_named(ann: Person, field: str) -> None:
    frame = {name: value for name, value in SEND.items() if name != field}
    answer = await _answer(ann, json.dumps(frame))
    assert (answer["code"], answer["errors"]) == ("invalid", [{"field": field, "code": "missing"}])


@pytest.mark.parametrize("field", ["text", "room", "client_id"])
@pytest.mark.parametrize("escape", [NUL, *LONE_SURROGATES.values()])
async def test_what_cannot_be_stored_is_refused_in_every_field(ann: Person, field: str, escape: str) -> None:
    frame = json.dumps({**SEND, field: "HERE"}).replace("HERE", escape)
    assert (await _answer(ann, frame))["code"] == ("invalid" if escape == NUL else "bad_json")


@pytest.mark.parametrize(
    "room",
    ["../general", "general/", "GENERAL", "general ", " general", "%67eneral", "*", "gen eral", "'", "{0}", "🐙"],
)
async def test_an_odd_room_id_is_just_a_room_that_is_not_there(ann: Person, room: str) -> None:
    for frame in (SEND, SUBSCRIBE, MARK):
        answer = await _answer(ann, json.dumps({**frame, "room": room}))
        assert answer["code"] == "room_not_found"


async def test_fields_that_nobody_knows_are_passed_over(ann: Person) -> None:
    answer = await _answer(ann, json.dumps({"type": "ping", "ref": 1, "later": {"invented": True}}))
    assert answer == {"type": "pong", "ref": 1}


async def test_of_a_repeated_key_the_last_counts(ann: Person) -> None:
    answer = await _answer(ann, '{"type": "message.send", "type": "ping", "ref": 1, "ref": 2}')
    assert answer == {"type": "pong", "ref": 2}


async def test_invalid_utf_8_ends_the_socket_with_1007(live: LiveServer, tenant: Tenancy) -> None:
    for octets in (b'{"type": "\xff"}', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"'):
        async with undisturbed(live, tenant), person(live, tenant, "ann") as ann:
            await ann.connection.send(octets, text=True)
            assert await ann.closed() == 1007
