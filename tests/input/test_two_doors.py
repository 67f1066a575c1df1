"""What holds for a socket holds for a curl: one table of sends, driven through both doors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.input.hostile import EMPTY_TEXTS, LONE_SURROGATES, NUL
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import as_user
from tests.support.server import LiveServer
from tests.support.serving import live_in_one_process
from tests.support.sockets import Frame, person
from tests.support.tables import change, fill, make_room, rows, set_limits, unhurried

Door = Callable[[LiveServer, Tenancy, str, str], Awaitable[Frame]]


async def by_socket(live: LiveServer, tenant: Tenancy, room: str, fields: str) -> Frame:
    async with person(live, tenant, "ann") as ann:
        frame = f'{{"type": "message.send", "ref": 1, "room": {json.dumps(room)}{"," if fields else ""}{fields}}}'
        await ann.connection.send(frame)
        answer = await ann.next()
    del answer["type"], answer["ref"]
    return answer


async def by_rest(live: LiveServer, tenant: Tenancy, room: str, fields: str) -> Frame:
    headers = {"Content-Type": "application/json"}
    path = f"/api/v1/rooms/{room}/messages"
    answer = as_user(live, tenant, "ann").ask("POST", path, body=f"{{{fields}}}".encode(), **headers)
    found: Frame = answer.json
    assert answer.status == found.get("status", 201)
    return found


DOORS = (by_socket, by_rest)
TWICE = (*DOORS, *DOORS)


def _text(text: str) -> str:
    return f'"text": {json.dumps(text)}'


ACCEPTED = {
    "a letter": _text("a"),
    "8,000 characters": _text("a" * 8_000),
    "8,000 astral characters": f'"text": "{"🐙" * 8_000}"',
    "a client_id": _text("hi") + ', "client_id": "c1"',
    "the longest client_id": _text("hi") + f', "client_id": "{"c" * 128}"',
    "no client_id": _text("hi") + ', "client_id": null',
    "a pair of surrogates": r'"text": "\ud83d\udc19"',
}

REFUSED: dict[str, tuple[str, str, str]] = {
    "nothing": ("general", "", "invalid"),
    "a text that is a number": ("general", '"text": 7', "invalid"),
    "a text that is true": ("general", '"text": true', "invalid"),
    "a text that is null": ("general", '"text": null', "invalid"),
    "a text that is a list": ("general", '"text": ["hi"]', "invalid"),
    **{f"text: {name}": ("general", _text(text), "invalid") for name, text in EMPTY_TEXTS.items()},
    "8,001 characters": ("general", _text("a" * 8_001), "invalid"),
    "8,001 astral characters": ("general", f'"text": "{"🐙" * 8_001}"', "invalid"),
    "NUL in the text": ("general", f'"text": "{NUL}"', "invalid"),
    "NUL in the client_id": ("general", _text("hi") + f', "client_id": "{NUL}"', "invalid"),
    "an empty client_id": ("general", _text("hi") + ', "client_id": ""', "invalid"),
    "a client_id of 129": ("general", _text("hi") + f', "client_id": "{"c" * 129}"', "invalid"),
    "a client_id that is a number": ("general", _text("hi") + ', "client_id": 7', "invalid"),
    **{f"a lone surrogate, {name}": ("general", f'"text": "{text}"', "bad_json") for name, text in LONE_SURROGATES.items()},  # noqa: E501
    "NaN": ("general", _text("hi") + ', "data": NaN', "bad_json"),
    "too deep": ("general", '"text": ' + "[" * 10_000, "bad_json"),
    "10,000 digits": ("general", '"text": ' + "9" * 10_000, "bad_json"),
    "not JSON": ("general", "text: hi", "bad_json"),
    "a room that is not there": ("nowhere", _text("hi"), "room_not_found"),
    "a private room": ("private", _text("hi"), "not_allowed"),
    "others' conversation": ("direct", _text("hi"), "not_allowed"),
    "an archived room": ("archived", _text("hi"), "room_archived"),
}  # fmt: skip


@pytest.fixture(scope="module")
def guarded(database: None) -> Tenancy:
    """Has a room of each kind that refuses Ann."""
    made = make_tenant("acme")
    unhurried(made)
    for kind in ("private", "direct"):
        make_room(made, kind, kind, members=("bob",))
    make_room(made, "archived")
    change(made, "UPDATE chat_room SET archived_at = now() WHERE id = 'archived'")
    return made


@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED)
async def test_both_doors_accept_the_same(live: LiveServer, acme: Tenancy, fields: str) -> None:
    answers = [await door(live, acme, "general", fields) for door in DOORS]
    for answer in answers:
        assert answer.keys() == {"id", "seq", "created_at"}
    same_message = '"client_id": "c' in fields
    assert (answers[0] == answers[1]) is same_message
    stored = rows(acme, "SELECT seq, user_id, text FROM chat_message ORDER BY seq")
    text = json.loads(f"{{{fields}}}")["text"]
    assert stored == [(seq, "ann", text) for seq in range(1, 2 if same_message else 3)]


@pytest.mark.parametrize(("room", "fields", "code"), REFUSED.values(), ids=REFUSED)
async def test_both_doors_refuse_the_same_with_the_same_words(
    live: LiveServer, guarded: Tenancy, room: str, fields: str, code: str
) -> None:
    answers: list[dict[str, Any]] = [await door(live, guarded, room, fields) for door in DOORS]
    socket, rest = answers
    assert socket["code"] == rest["code"] == code
    assert socket["message"] == rest["detail"]
    assert socket.get("errors", []) == rest["errors"]
    assert rows(guarded, "SELECT count(*) FROM chat_message") == [(0,)]


@live_in_one_process
async def test_both_doors_share_one_pace(live: LiveServer, acme: Tenancy) -> None:
    """In one process: each counts in its own memory."""
    set_limits(acme, sends_per_second=1, send_burst=2)
    codes = [(await door(live, acme, "general", _text("hi"))).get("code") for door in [*DOORS, *DOORS]]
    assert codes == [None, None, "rate_limited", "rate_limited"]
    assert rows(acme, "SELECT count(*) FROM chat_message") == [(2,)]


async def test_what_one_door_stored_the_other_repeats(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 3)
    fields = _text("hi") + ', "client_id": "c1"'
    answers = [await door(live, acme, "general", fields) for door in TWICE]
    assert [answer["seq"] for answer in answers] == [4] * 4
    assert len({answer["id"] for answer in answers}) == 1
