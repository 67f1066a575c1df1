"""Membership is the authorisation, on every route; a room that is not there is not found; tenants do not touch."""

from __future__ import annotations

import pytest

from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user, csrf_token, with_session
from tests.support.server import LiveServer
from tests.support.tables import fill, make_room, make_user, rows


def _every_route(client: Client, room: str, **headers: str) -> dict[str, Answer]:
    path = f"/api/v1/rooms/{room}"
    return {
        "show": client.get(path),
        "members": client.get(f"{path}/members"),
        "join": client.put(f"{path}/members/ann", {}, **headers),
        "invite": client.put(f"{path}/members/carol", {}, **headers),
        "history": client.get(f"{path}/messages"),
        "history before": client.get(f"{path}/messages?before_seq=5"),
        "history after": client.get(f"{path}/messages?after_seq=0"),
        "send": client.post(f"{path}/messages", {"text": "let me in"}, **headers),
        "read": client.put(f"{path}/read", {"seq": 1}, **headers),
    }


def _codes(answers: dict[str, Answer]) -> set[tuple[int, str]]:
    return {(answer.status, answer.code) for answer in answers.values()}


@pytest.mark.parametrize("kind", ["private", "direct"])
def test_outsiders_are_refused_on_every_route(live: LiveServer, acme: Tenancy, kind: str) -> None:
    make_room(acme, "secret", kind, members=("bob", "dave"))
    make_user(acme, "carol")
    fill(acme, 3, "secret", user="bob")
    answers = _every_route(as_user(live, acme, "ann"), "secret")
    assert _codes(answers) == {(403, "not_allowed")}
    assert not any("secret" in answer.text and "Secret" in answer.text for answer in answers.values())
    assert rows(acme, "SELECT count(*) FROM chat_member WHERE user_id IN ('ann', 'carol')") == [(0,)]
    assert rows(acme, "SELECT last_seq FROM chat_room WHERE id = 'secret'") == [(3,)]


def test_outsiders_with_a_session_are_refused_on_every_route(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("bob",))
    make_user(acme, "carol")
    client = with_session(live, acme, acme.account("ann"))
    headers = {"X-CSRFToken": csrf_token(client.get("/").text)}
    assert _codes(_every_route(client, "secret", **headers)) == {(403, "not_allowed")}


def test_a_room_that_is_not_there_is_not_found_on_every_route(live: LiveServer, acme: Tenancy) -> None:
    assert _codes(_every_route(as_user(live, acme, "ann"), "nowhere")) == {(404, "room_not_found")}


def test_members_may_on_every_route_they_have(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("ann", "bob"))
    make_user(acme, "carol")
    answers = _every_route(as_user(live, acme, "ann"), "secret")
    assert {name: answer.status for name, answer in answers.items()} == {
        "show": 200,
        "members": 200,
        "join": 204,
        "invite": 201,
        "history": 200,
        "history before": 200,
        "history after": 200,
        "send": 201,
        "read": 200,
    }


def test_the_same_ids_in_another_tenant_show_nothing(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    for tenant in (acme, globex):
        make_room(tenant, "plans", "private", members=("ann", "bob"))
    fill(acme, 3, "plans", user="bob")
    mallory = as_user(live, globex, "ann")
    assert mallory.get("/api/v1/rooms/plans/messages").json["data"] == []
    shown = mallory.get("/api/v1/rooms/plans").json
    assert (shown["last_seq"], shown["last_message"], shown["unread"]) == (0, None, 0)
    mallory.post("/api/v1/rooms/plans/messages", {"text": "from globex"})
    mallory.put("/api/v1/rooms/plans/read", {"seq": 1})
    assert rows(acme, "SELECT last_seq FROM chat_room WHERE id = 'plans'") == [(3,)]
    assert rows(acme, "SELECT max(read_seq) FROM chat_member") == [(0,)]


def test_what_only_one_tenant_has_the_other_never_sees(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    make_room(acme, "only-acme")
    make_user(acme, "only-ann")
    for client in (as_user(live, globex, "mallory"), as_server(live, globex)):
        assert client.get("/api/v1/rooms/only-acme").code == "room_not_found"
        assert client.get("/api/v1/users/only-ann").code == "user_not_found"
        assert [room["id"] for room in client.get("/api/v1/rooms").json["data"]] == ["general"]
        assert "only-ann" not in client.get("/api/v1/users").text
