"""Members: who comes in, who brings whom, how far they have read."""

from __future__ import annotations

import pytest

from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, fill, make_room, make_user, rows


def _path(room: str, user: str = "") -> str:
    return f"/api/v1/rooms/{room}/members" + (f"/{user}" if user else "")


def test_a_member_shows_who_in_which_role_and_how_far(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann",))
    [member] = as_user(live, acme, "ann").get(_path("plans")).json["data"]
    assert member.pop("joined_at")
    presence = {"online": False, "last_seen": None}
    known = {"id": "ann", "name": "Ann", "avatar": "", "role": "member", "guest": False, "read_seq": 0}
    assert member == {**known, **presence}


async def test_joining_an_open_room_is_announced_once(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann", name="Ann")
    async with person(live, acme, "bob") as bob:
        await bob.subscribe()
        assert [ann.put(_path("general", "ann"), {}).status for _ in range(2)] == [201, 204]
        joined = await bob.event("member.joined")
        assert (joined["seq"], joined["user"], joined["role"]) == (1, {"id": "ann", "name": "Ann"}, "member")
        await bob.send("hi")
        await bob.event("message.created", seq=2)


def test_a_member_brings_somebody_in(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann",))
    make_user(acme, "bob")
    assert as_user(live, acme, "bob").get("/api/v1/rooms/plans").code == "not_allowed"
    assert as_user(live, acme, "ann").put(_path("plans", "bob"), {}).status == 201
    assert as_user(live, acme, "bob").get("/api/v1/rooms/plans").json["member"] is True


def test_the_server_brings_somebody_in_with_any_role(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    assert as_server(live, acme).put(_path("general", "ann"), {"role": "owner"}).status == 201
    assert rows(acme, "SELECT role FROM chat_member") == [("owner",)]


def test_only_owners_and_the_server_give_roles(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann",))
    make_user(acme, "bob")
    ann = as_user(live, acme, "ann")
    assert ann.put(_path("plans", "bob"), {"role": "moderator"}).code == "not_allowed"
    assert ann.put(_path("general", "ann"), {"role": "owner"}).code == "not_allowed"
    change(acme, "UPDATE chat_member SET role = 'owner' WHERE user_id = 'ann'")
    assert ann.put(_path("plans", "bob"), {"role": "moderator"}).status == 201


@pytest.mark.parametrize("kind", ["private", "direct"])
def test_nobody_comes_into_a_closed_room_by_themselves(live: LiveServer, acme: Tenancy, kind: str) -> None:
    make_room(acme, "secret", kind, members=("bob", "carol"))
    for user in ("ann", "bob"):
        assert as_user(live, acme, "ann").put(_path("secret", "ann"), {}).code == "not_allowed", user
    assert rows(acme, "SELECT user_id FROM chat_member WHERE user_id = 'ann'") == []


def test_nobody_is_brought_into_a_conversation(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "between", "direct", members=("ann", "bob"))
    make_user(acme, "carol")
    for client in (as_user(live, acme, "ann"), as_server(live, acme)):
        assert client.put(_path("between", "carol"), {}).code == "not_allowed"


def test_outsiders_bring_nobody_in(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "bob")
    assert as_user(live, acme, "ann").put(_path("general", "bob"), {}).code == "not_allowed"


def test_somebody_unknown_cannot_be_brought_in(live: LiveServer, acme: Tenancy) -> None:
    assert as_server(live, acme).put(_path("general", "nobody"), {}).code == "user_not_found"
    assert as_server(live, acme).put(_path("nowhere", "nobody"), {}).code == "room_not_found"


def test_an_archived_room_takes_nobody_in(live: LiveServer, acme: Tenancy) -> None:
    change(acme, "UPDATE chat_room SET archived_at = now()")
    make_user(acme, "ann")
    assert as_server(live, acme).put(_path("general", "ann"), {}).code == "room_archived"


@pytest.mark.parametrize("body", [{"role": "king"}, {"role": 7}, {"colour": "red"}, [], "member"])
def test_a_bad_body_is_refused(live: LiveServer, acme: Tenancy, body: object) -> None:
    make_user(acme, "ann")
    answer = as_server(live, acme).put(_path("general", "ann"), body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert rows(acme, "SELECT user_id FROM chat_member") == []


# Reading


def test_reading_moves_forward_and_never_past_the_last(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    ann = as_user(live, acme, "ann")
    marks = [ann.put("/api/v1/rooms/general/read", {"seq": seq}).json for seq in (2, 1, 4, 2**63 - 1)]
    assert marks == [{"read_seq": 2}, {"read_seq": 2}, {"read_seq": 4}, {"read_seq": 5}]


def test_the_server_reads_for_the_user_that_it_names(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    make_user(acme, "ann")
    server = as_server(live, acme)
    assert server.put("/api/v1/rooms/general/read", {"seq": 3, "user": "ann"}).json == {"read_seq": 3}
    assert rows(acme, "SELECT user_id, read_seq FROM chat_member") == [("ann", 3)]
    nobody = server.put("/api/v1/rooms/general/read", {"seq": 3})
    assert (nobody.code, nobody.json["errors"]) == ("invalid", [{"field": "user", "code": "missing"}])
    assert server.put("/api/v1/rooms/general/read", {"seq": 3, "user": "nobody"}).code == "user_not_found"


def test_a_user_who_names_another_still_reads_for_themselves_only(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 5)
    make_user(acme, "bob")
    as_user(live, acme, "ann").put("/api/v1/rooms/general/read", {"seq": 3, "user": "bob"})
    assert rows(acme, "SELECT user_id FROM chat_member WHERE user_id = 'bob'") == []


@pytest.mark.parametrize("seq", [None, "3", -1, 1.5, True, 2**63, 10**300, []])
def test_a_seq_that_is_none_is_refused(live: LiveServer, standing: Tenancy, seq: object) -> None:
    answer = as_user(live, standing, "ann").put("/api/v1/rooms/general/read", {"seq": seq})
    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"].split(".")[-1] for error in answer.json["errors"]] == ["seq"]


async def test_another_role_is_announced_and_the_same_one_is_not(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    server, ann = as_server(live, acme), as_user(live, acme, "ann")
    async with person(live, acme, "bob") as bob:
        await bob.subscribe("plans")
        assert [server.put(_path("plans", "ann"), {"role": "owner"}).status for _ in range(2)] == [204, 204]
        updated = await bob.event("member.updated")
        assert (updated["seq"], updated["user"], updated["role"]) == (1, {"id": "ann", "name": "Ann"}, "owner")
        assert ann.put(_path("plans", "ann"), {}).status == 204
        assert ann.put(_path("plans", "bob"), {"role": "moderator"}).status == 204
        assert (await bob.event("member.updated"))["seq"] == 2
    assert rows(acme, "SELECT user_id, role FROM chat_member ORDER BY user_id") == [
        ("ann", "owner"),
        ("bob", "moderator"),
    ]


def test_a_member_takes_nobodys_role(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    change(acme, "UPDATE chat_member SET role = 'owner' WHERE user_id = 'bob'")
    assert as_user(live, acme, "ann").put(_path("plans", "bob"), {"role": "member"}).code == "not_allowed"
