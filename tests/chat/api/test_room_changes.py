"""Changing a room: who may change what, what the room hears of it, and archiving."""

from __future__ import annotations

import json

import pytest

from tests.chat.api.roles import ROLES, stage
from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import fill, make_room, rows
from tests.support.tokens import signed

CHANGES: dict[str, object] = {
    "name": "Plans",
    "topic": "What next",
    "picture": "https://acme.test/p.png",
    "data": {"colour": "red", "deep": [1, {"a": None}]},
    "frozen": True,
    "slow_seconds": 30,
    "archived": True,
}
OF_MODERATORS = {"topic", "frozen", "slow_seconds"}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_changes_what_is_its_own(live: LiveServer, acme: Tenancy, role: str) -> None:
    room = stage(live, acme)
    allowed = {"moderator": OF_MODERATORS, "owner": CHANGES, "server": CHANGES}.get(role, ())
    for field, value in CHANGES.items():
        answer = room.client(role).patch(room.path(), {field: value})
        if field in allowed:
            assert answer.json[field] == value
        else:
            assert (field, answer.code) == (field, "not_allowed")


def test_a_moderator_changes_nothing_when_one_field_is_not_theirs(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    assert room.client("moderator").patch(room.path(), {"topic": "New", "name": "New"}).code == "not_allowed"
    assert rows(acme, "SELECT topic, name FROM chat_room WHERE id = 'room'") == [("", "Room")]


async def test_the_room_hears_what_changed_and_of_nothing_else(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    owner = room.client("owner")
    async with person(live, acme, "member") as member:
        await member.subscribe("room")
        for _ in range(2):
            owner.patch(room.path(), {"name": " Plans ", "topic": "", "data": {"n": 1}, "slow_seconds": 0})
        owner.patch(room.path(), {"data": {"n": True}})
        owner.patch(room.path(), {"data": None})
        as_server(live, acme).patch(room.path(), {"frozen": True})
        await member.event("room.updated", frozen=True)
        events = member.durable("room")
    for event in events:
        assert event.pop("created_at")
        assert (event.pop("type"), event.pop("room")) == ("room.updated", "room")
    user = {"id": "owner", "name": "Owner"}
    assert events == [
        {"seq": 1, "user": user, "name": " Plans ", "data": {"n": 1}},
        {"seq": 2, "user": user, "data": {"n": True}},
        {"seq": 3, "user": user, "data": None},
        {"seq": 4, "user": None, "frozen": True},
    ]
    history = owner.get(room.path("messages")).json["data"]
    assert [(each["kind"], each["data"]) for each in history][3] == ("room.updated", {"frozen": True})


def test_what_is_not_named_stays(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    server.patch("/api/v1/rooms/general", {"picture": "https://acme.test/p.png", "data": {"a": 1}, "frozen": True})
    shown = server.patch("/api/v1/rooms/general", {"topic": "New"}).json
    assert {name: shown[name] for name in ("name", "topic", "picture", "data", "frozen", "slow_seconds")} == {
        "name": "General",
        "topic": "New",
        "picture": "https://acme.test/p.png",
        "data": {"a": 1},
        "frozen": True,
        "slow_seconds": 0,
    }
    assert server.patch("/api/v1/rooms/general", {"picture": "", "data": None, "frozen": False}).json["data"] is None


def test_a_room_is_made_with_picture_and_data(live: LiveServer, acme: Tenancy) -> None:
    made = as_user(live, acme, "ann").post("/api/v1/rooms", {"picture": "http://a.test/p", "data": {"a": [1]}}).json
    assert (made["picture"], made["data"], made["frozen"], made["slow_seconds"]) == (
        "http://a.test/p",
        {"a": [1]},
        False,
        0,
    )


BAD_CHANGES: dict[str, dict[str, object]] = {
    "a name that is null": {"name": None},
    "a name of 121": {"name": "n" * 121},
    "a topic with NUL": {"topic": "a\x00"},
    "a picture that is a script": {"picture": "javascript:alert(1)"},
    "a picture inline": {"picture": "data:image/png;base64,AAAA"},
    "a picture without a host": {"picture": "https://"},
    "a picture with a space": {"picture": "https://a.test/a b"},
    "a picture with a quote": {"picture": 'https://a.test/"onerror=x'},
    "a picture of 2,001": {"picture": "https://a.test/" + "a" * 1_986},
    "data that is a list": {"data": [1]},
    "data that is a text": {"data": "red"},
    "data beyond 4 KiB": {"data": {"a": "ä" * 2_048}},
    "data with NUL": {"data": {"a": ["\x00"]}},
    "data with NUL in a name": {"data": {"a": {"\x00": 1}}},
    "frozen that is a number": {"frozen": 1},
    "a pause below 0": {"slow_seconds": -1},
    "a pause of more than an hour": {"slow_seconds": 3_601},
    "a pause that is a fraction": {"slow_seconds": 1.5},
    "a kind": {"kind": "open"},
}


def test_a_bad_change_is_refused_and_its_field_named(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    for name, body in BAD_CHANGES.items():
        answer = server.patch("/api/v1/rooms/general", body)
        assert (name, answer.status, answer.code) == (name, 422, "invalid")
        assert [error["field"].split(".")[-1] for error in answer.json["errors"]] == list(body), name
    huge = server.ask(
        "PATCH", "/api/v1/rooms/general", body=b'{"data": {"a": 1e999}}', **{"Content-Type": "application/json"}
    )
    assert (huge.status, huge.code) == (422, "invalid")
    assert rows(acme, "SELECT last_seq FROM chat_room") == [(0,)]


def test_data_of_4_kib_comes_back_as_it_was(live: LiveServer, acme: Tenancy) -> None:
    data = {"a": "é" * ((4_096 - len('{"a":""}')) // 2)}
    assert len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) == 4_096
    assert as_server(live, acme).patch("/api/v1/rooms/general", {"data": data}).json["data"] == data


# Archiving


def test_only_owners_and_the_server_archive(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    for role in ("outsider", "member", "moderator"):
        assert room.client(role).delete(room.path()).code == "not_allowed", role
    for role in ("owner", "server"):
        assert room.client(role).delete(room.path()).status == 204, role
        assert room.client(role).get(room.path()).json["archived"] is True
        assert room.client("moderator").patch(room.path(), {"archived": False}).code == "not_allowed"
        assert room.client(role).patch(room.path(), {"archived": False}).json["archived"] is False


async def test_an_archived_room_is_read_and_not_written(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    fill(acme, 2, "room", user="member")
    owner = room.client("owner")
    async with person(live, acme, "member") as member:
        await member.subscribe("room")
        assert [owner.delete(room.path()).status for _ in range(2)] == [204, 204]
        event = await member.event("room.updated")
        assert (event["seq"], event["archived"]) == (3, True)
        assert (await member.send("too late", room="room"))["code"] == "room_archived"
        assert (await member.subscribe("room", since=0))["replayed"] == 3
        assert (await member.ask("read.mark", room="room", seq=2))["read_seq"] == 2
        assert len(owner.get(room.path("messages")).json["data"]) == 3
        refusals = [
            owner.patch(room.path(), {"topic": "New"}),
            owner.put(room.path("members", "outsider"), {}),
            as_server(live, acme).put(room.path("members", "outsider"), {}),
        ]
        assert {answer.code for answer in refusals} == {"room_archived"}
        owner.patch(room.path(), {"archived": False, "topic": "New"})
        again = await member.event("room.updated", archived=False)
        assert (again["seq"], again["topic"]) == (4, "New")
        assert (await member.send("again", room="room"))["type"] == "ok"


def test_nobody_joins_an_archived_open_room(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "old")
    as_server(live, acme).delete("/api/v1/rooms/old")
    ann = as_user(live, acme, "ann")
    assert ann.put("/api/v1/rooms/old/members/ann", {}).code == "room_archived"
    assert ann.get("/api/v1/rooms/old").json["archived"] is True


def test_a_conversation_is_changed_by_the_server_alone(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "between", "direct", members=("ann", "bob"))
    ann = as_user(live, acme, "ann")
    assert ann.patch("/api/v1/rooms/between", {"topic": "Us"}).code == "not_allowed"
    assert ann.delete("/api/v1/rooms/between").code == "not_allowed"
    assert as_server(live, acme).patch("/api/v1/rooms/between", {"topic": "Us"}).json["topic"] == "Us"


def test_a_room_that_is_not_there_is_not_changed(live: LiveServer, acme: Tenancy) -> None:
    for client in (as_server(live, acme), as_user(live, acme, "ann")):
        assert client.patch("/api/v1/rooms/nowhere", {}).code == "room_not_found"
        assert client.delete("/api/v1/rooms/nowhere").code == "room_not_found"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_token_for_other_rooms_changes_none(live: LiveServer, acme: Tenancy, method: str) -> None:
    stage(live, acme)
    headers = {"Authorization": f"Bearer {signed(acme, 'owner', rooms=['general'])}"}
    client = as_server(live, acme)
    assert client.ask(method, "/api/v1/rooms/room", json={"topic": "x"}, **headers).code == "not_allowed"
