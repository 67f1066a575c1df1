"""Rooms: made, listed, shown."""

from __future__ import annotations

import re

import pytest

from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, make_user, rows

ROOMS = "/api/v1/rooms"


def test_a_room_shows_itself_and_ones_place_in_it(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    fill(acme, 5, "plans", user="bob")
    ann = as_user(live, acme, "ann")
    ann.put(f"{ROOMS}/plans/read", {"seq": 2})
    shown = ann.get(f"{ROOMS}/plans").json
    assert shown.pop("created_at")
    assert shown.pop("active_at")
    assert shown["last_message"].pop("created_at")
    assert shown == {
        "id": "plans",
        "kind": "private",
        "name": "Plans",
        "topic": "",
        "picture": "",
        "data": None,
        "epoch": "e1",
        "last_seq": 5,
        "archived": False,
        "frozen": False,
        "slow_seconds": 0,
        "member_count": 2,
        "member": True,
        "role": "member",
        "muted": False,
        "read_seq": 2,
        "unread": 3,
        "mentions": 0,
        "last_message": {"user_name": "Bob", "text": "5"},
    }
    assert as_user(live, acme, "ann").get(ROOMS).json["data"][0]["id"] in ("plans", "general")


def test_an_open_room_shows_that_one_is_no_member(live: LiveServer, acme: Tenancy) -> None:
    shown = as_user(live, acme, "ann").get(f"{ROOMS}/general").json
    assert (shown["member"], shown["role"], shown["unread"], shown["last_message"]) == (False, None, 0, None)


def test_one_lists_open_rooms_and_ones_own(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("bob",))
    make_room(acme, "between", "direct", members=("bob", "carol"))
    make_room(acme, "ours", "private", members=("ann", "bob"))
    listed = as_user(live, acme, "ann").get(ROOMS).json
    assert {room["id"] for room in listed["data"]} == {"general", "ours"}
    assert listed["next"] is None


def test_an_archived_room_is_not_listed_but_shown(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "old")
    change(acme, "UPDATE chat_room SET archived_at = now() WHERE id = 'old'")
    ann = as_user(live, acme, "ann")
    assert [room["id"] for room in ann.get(ROOMS).json["data"]] == ["general"]
    assert ann.get(f"{ROOMS}/old").json["archived"] is True


def test_who_makes_a_room_owns_it(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "bob")
    ann = as_user(live, acme, "ann")
    body = {"id": "plans", "kind": "private", "name": " Plans ", "topic": "What next", "members": ["bob"]}
    answer = ann.post(ROOMS, body)
    made = answer.json
    assert answer.status == 201
    assert (made["id"], made["kind"], made["name"], made["topic"]) == ("plans", "private", " Plans ", "What next")
    assert (made["member"], made["role"]) == (True, "owner")
    members = rows(acme, "SELECT user_id, role FROM chat_member WHERE room_id = 'plans' ORDER BY user_id")
    assert members == [("ann", "owner"), ("bob", "member")]


def test_a_room_without_an_id_gets_one(live: LiveServer, acme: Tenancy) -> None:
    made = as_user(live, acme, "ann").post(ROOMS, {}).json
    assert re.fullmatch(r"r_[a-z2-7]{16}", made["id"])
    assert made["kind"] == "open"


def test_the_server_makes_rooms_without_being_in_them(live: LiveServer, acme: Tenancy) -> None:
    made = as_server(live, acme).post(ROOMS, {"id": "plans", "kind": "private"}).json
    assert (made["member"], made["role"]) == (False, None)
    assert rows(acme, "SELECT * FROM chat_member") == []


def test_an_id_is_given_once(live: LiveServer, acme: Tenancy) -> None:
    answer = as_server(live, acme).post(ROOMS, {"id": "general"})
    assert (answer.status, answer.code) == (409, "room_exists")


def test_the_same_id_in_another_tenant_is_another_room(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    assert as_server(live, acme).post(ROOMS, {"id": "plans", "name": "Ours"}).status == 201
    assert as_server(live, globex).post(ROOMS, {"id": "plans", "name": "Theirs"}).status == 201
    assert as_server(live, acme).get(f"{ROOMS}/plans").json["name"] == "Ours"


def test_the_same_people_have_one_direct_conversation(live: LiveServer, acme: Tenancy) -> None:
    for user in ("ann", "bob", "carol"):
        make_user(acme, user)
    ann, bob = as_user(live, acme, "ann"), as_user(live, acme, "bob")
    first = ann.post(ROOMS, {"kind": "direct", "members": ["bob"]})
    again = bob.post(ROOMS, {"kind": "direct", "members": ["ann", "bob", "ann"]})
    other = ann.post(ROOMS, {"kind": "direct", "members": ["bob", "carol"]})
    assert [answer.status for answer in (first, again, other)] == [201, 200, 201]
    assert first.json["id"] == again.json["id"] != other.json["id"]
    assert (first.json["name"], again.json["name"]) == ("Bob", "Ann")


BAD_ROOMS = {
    "an id with a slash": {"id": "a/b"},
    "an id with a space": {"id": "a b"},
    "an id with a line end": {"id": "a\n"},
    "an empty id": {"id": ""},
    "an id of 65": {"id": "a" * 65},
    "an id that begins with a dot": {"id": ".a"},
    "an id that is a number": {"id": 7},
    "an unknown kind": {"kind": "secret"},
    "a name of 121": {"name": "n" * 121},
    "a name with NUL": {"name": "a\x00"},
    "a name that is a list": {"name": []},
    "a topic of 501": {"topic": "t" * 501},
    "members that are no list": {"members": "bob"},
    "a member with a slash": {"members": ["a/b"]},
    "a member with NUL": {"members": ["a\x00"]},
    "101 members": {"members": [f"u{number}" for number in range(101)]},
    "21 people in a conversation": {"kind": "direct", "members": [f"u{number}" for number in range(21)]},
    "a field that nobody knows": {"colour": "red"},
}


@pytest.mark.parametrize("body", BAD_ROOMS.values(), ids=BAD_ROOMS)
def test_a_bad_room_is_refused_and_its_field_named(
    live: LiveServer, standing: Tenancy, body: dict[str, object]
) -> None:
    answer = as_server(live, standing).post(ROOMS, body)
    assert (answer.status, answer.code) == (422, "invalid")
    [error] = answer.json["errors"]
    assert error["field"].split(".")[-1] in {*body, "0"} or error["field"].split(".")[-2] in body
    assert rows(standing, "SELECT id FROM chat_room") == [("general",)]


def test_a_member_whom_nobody_knows_makes_no_room(live: LiveServer, acme: Tenancy) -> None:
    answer = as_user(live, acme, "ann").post(ROOMS, {"id": "plans", "members": ["nobody"]})
    assert (answer.status, answer.code) == (404, "user_not_found")
    assert rows(acme, "SELECT id FROM chat_room") == [("general",)]


def test_the_server_alone_has_no_direct_conversation(live: LiveServer, acme: Tenancy) -> None:
    assert as_server(live, acme).post(ROOMS, {"kind": "direct"}).code == "invalid"
