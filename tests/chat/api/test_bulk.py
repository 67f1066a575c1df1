"""Many at once: members, users, and a room's history from elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chat.api.roles import ROLES, stage
from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, fill, make_room, make_user, rows, stored_texts

# Members


async def test_a_hundred_come_in_at_once_and_the_room_hears_of_each(live: LiveServer, acme: Tenancy) -> None:
    change(acme, "INSERT INTO chat_user (id, name) SELECT 'u' || n, 'N' FROM generate_series(0, 99) n")
    people = [f"u{number}" for number in range(100)]
    async with person(live, acme, "u0") as someone:
        await someone.subscribe()
        answer = as_server(live, acme).post(
            "/api/v1/rooms/general/members", {"members": [{"user": user} for user in people]}
        )
        assert (answer.status, answer.json) == (200, {"joined": people, "changed": []})
        await someone.event("member.joined", seq=100)
        heard = someone.durable()
    assert [(event["seq"], event["user"]["id"], event["role"]) for event in heard] == [
        (number + 1, user, "member") for number, user in enumerate(people)
    ]


def test_who_is_there_gets_the_role_and_without_one_keeps_what_there_is(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    body = {
        "members": [
            {"user": "outsider", "role": "owner"},
            {"user": "moderator"},
            {"user": "member", "role": "moderator"},
            {"user": "owner", "role": "owner"},
        ]
    }
    owner = room.client("owner")
    assert owner.post(room.path("members"), body).json == {"joined": ["outsider"], "changed": ["member"]}
    assert owner.post(room.path("members"), body).json == {"joined": [], "changed": []}
    assert rows(acme, "SELECT user_id, role FROM chat_member ORDER BY user_id") == [
        ("member", "moderator"),
        ("moderator", "moderator"),
        ("outsider", "owner"),
        ("owner", "owner"),
    ]
    assert rows(acme, "SELECT seq, kind, user_id FROM chat_message ORDER BY seq") == [
        (1, "member.joined", "outsider"),
        (2, "member.updated", "member"),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_places_as_one_by_one(live: LiveServer, acme: Tenancy, role: str) -> None:
    room = stage(live, acme)
    make_user(acme, "new")
    client, path = room.client(role), room.path("members")
    plain = client.post(path, {"members": [{"user": "new"}]})
    more = client.post(path, {"members": [{"user": "new", "role": "moderator"}]})
    rules = role in ("owner", "server")
    assert (plain.status, more.status) == (403 if role == "outsider" else 200, 200 if rules else 403)


def test_owners_do_not_step_down_together(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    change(acme, "UPDATE chat_member SET role = 'owner' WHERE user_id = 'moderator'")
    members = [{"user": user, "role": "member"} for user in ("owner", "moderator")]
    assert room.client("owner").post(room.path("members"), {"members": members}).code == "last_owner"
    handed_on = [*members, {"user": "member", "role": "owner"}]
    assert room.client("owner").post(room.path("members"), {"members": handed_on}).status == 200


REFUSED: dict[str, tuple[list[dict[str, str]], str]] = {
    "an unknown user": ([{"user": "outsider"}, {"user": "nobody"}], "user_not_found"),
    "a banned one": ([{"user": "outsider"}, {"user": "troll"}], "banned"),
    "the last owner becoming less": ([{"user": "outsider"}, {"user": "owner", "role": "member"}], "last_owner"),
    "one twice": ([{"user": "outsider"}, {"user": "outsider"}], "invalid"),
    "nobody": ([], "invalid"),
    "101": ([{"user": f"u{number}"} for number in range(101)], "invalid"),
    "an unknown role": ([{"user": "outsider", "role": "king"}], "invalid"),
    "no id": ([{"role": "member"}], "invalid"),
}


def test_when_one_is_refused_nobody_comes_in(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    make_user(acme, "troll")
    change(acme, "INSERT INTO chat_ban (room_id, user_id) VALUES ('room', 'troll')")
    for name, (members, code) in REFUSED.items():
        assert (name, room.client("owner").post(room.path("members"), {"members": members}).code) == (name, code)
    assert rows(acme, "SELECT count(*) FROM chat_member") == [(3,)]
    assert rows(acme, "SELECT last_seq FROM chat_room WHERE id = 'room'") == [(0,)]


# Users


def test_users_are_made_and_brought_up_to_date_at_once(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann", "Ann")
    make_user(acme, "bob", "Bob")
    body = {
        "users": [
            {"id": "zoe", "name": "Zoe", "avatar": "https://acme.test/z.png"},
            {"id": "ann", "name": "Ann Marie"},
            {"id": "bob", "avatar": "https://acme.test/b.png"},
            {"id": "new"},
        ]
    }
    server = as_server(live, acme)
    for _ in range(2):
        saved = server.put("/api/v1/users", body).json["data"]
        assert [(user["id"], user["name"], user["avatar"]) for user in saved] == [
            ("zoe", "Zoe", "https://acme.test/z.png"),
            ("ann", "Ann Marie", ""),
            ("bob", "Bob", "https://acme.test/b.png"),
            ("new", "new", ""),
        ]
    assert rows(acme, "SELECT count(*) FROM chat_user") == [(4,)]


def test_who_may_not_save_users_and_what_is_none(live: LiveServer, acme: Tenancy) -> None:
    assert as_user(live, acme, "ann").put("/api/v1/users", {"users": [{"id": "bob"}]}).code == "not_allowed"
    for users in ([], [{"id": "a"}] * 2, [{"name": "x"}], [{"id": "a b"}], [{"id": f"u{n}"} for n in range(101)]):
        assert as_server(live, acme).put("/api/v1/users", {"users": users}).code == "invalid"
    assert rows(acme, "SELECT id FROM chat_user") == [("ann",)]


# Import

IMPORT = "/api/v1/rooms/general/import"
LONG_AGO = datetime(2019, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


def _old(number: int, user: str = "ann", **fields: Any) -> dict[str, Any]:
    at = (LONG_AGO + timedelta(minutes=number)).isoformat()
    return {"user": user, "text": f"old {number}", "created_at": at, "client_id": f"c{number}", **fields}


async def test_what_was_said_elsewhere_comes_behind_what_is_there_under_its_own_time(
    live: LiveServer, acme: Tenancy
) -> None:
    make_user(acme, "ann")
    fill(acme, 2, user="bob")
    server = as_server(live, acme)
    async with person(live, acme, "bob") as bob:
        await bob.subscribe()
        answer = server.post(IMPORT, {"messages": [_old(1), _old(2, "bob"), _old(3, text="*old* 3")]})
        assert [each["seq"] for each in answer.json["data"]] == [3, 4, 5]
        await bob.event("message.created", seq=5)
        heard = [frame["message"] for frame in bob.durable()]
        await bob.send("new")
    history = server.get("/api/v1/rooms/general/messages?after_seq=2").json["data"]
    assert [(each["id"], each["created_at"]) for each in history[:3]] == [
        (each["id"], each["created_at"]) for each in heard
    ]
    assert [(each["user"]["id"], each["text"]) for each in history] == [
        ("ann", "old 1"),
        ("bob", "old 2"),
        ("ann", "*old* 3"),
        ("bob", "new"),
    ]
    assert history[2]["html"] == heard[2]["html"] == "<p><em>old</em> 3</p>"
    times = [datetime.fromisoformat(each["created_at"]) for each in history[:3]]
    assert times == [LONG_AGO + timedelta(minutes=number) for number in (1, 2, 3)]


def test_importing_again_stores_nothing_twice(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    server = as_server(live, acme)
    first = server.post(IMPORT, {"messages": [_old(1), _old(2)]}).json["data"]
    again = server.post(IMPORT, {"messages": [_old(2, text="changed"), _old(3), _old(1)]}).json["data"]
    assert [each["seq"] for each in again] == [2, 3, 1]
    assert (again[0], again[2]) == (first[1], first[0])
    assert stored_texts(acme) == ["old 1", "old 2", "old 3"]
    assert rows(acme, "SELECT last_seq FROM chat_room") == [(3,)]


def test_an_import_is_news_to_nobody_who_had_read_everything(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob", "carol"))
    fill(acme, 2, "plans", user="dora")
    change(acme, "UPDATE chat_member SET read_seq = 2 WHERE user_id = 'ann'")
    change(acme, "UPDATE chat_member SET read_seq = 1 WHERE user_id = 'bob'")
    [(active,)] = rows(acme, "SELECT active_at FROM chat_room WHERE id = 'plans'")
    messages = [_old(number, "dora") for number in range(100)]
    assert as_server(live, acme).post("/api/v1/rooms/plans/import", {"messages": messages}).status == 200
    assert rows(acme, "SELECT user_id, read_seq FROM chat_member ORDER BY user_id") == [
        ("ann", 102),
        ("bob", 1),
        ("carol", 0),
    ]
    assert rows(acme, "SELECT active_at FROM chat_room WHERE id = 'plans'") == [(active,)]


BAD_IMPORTS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "nothing": ([], "invalid"),
    "101": ([_old(number) for number in range(101)], "invalid"),
    "an empty text": ([_old(1), _old(2, text=" ")], "invalid"),
    "a text of 8,001": ([_old(1, text="a" * 8_001)], "invalid"),
    "NUL": ([_old(1, text="\x00")], "invalid"),
    "a time to come": ([_old(1, created_at="2999-01-01T00:00:00Z")], "invalid"),
    "a time without a zone": ([_old(1, created_at="2019-01-01T00:00:00")], "invalid"),
    "a time before all": ([_old(1, created_at="0001-01-01T00:00:00Z")], "invalid"),
    "one twice": ([_old(1), _old(1)], "invalid"),
    "no client_id": ([{**_old(1), "client_id": None}], "invalid"),
    "an unknown user": ([_old(1), _old(2, "nobody")], "user_not_found"),
}


def test_a_bad_import_stores_nothing(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    server = as_server(live, acme)
    for name, (messages, code) in BAD_IMPORTS.items():
        assert (name, server.post(IMPORT, {"messages": messages}).code) == (name, code)
    fields = server.post(IMPORT, {"messages": [_old(1), _old(2, text=" ")]}).json["errors"]
    assert fields == [{"field": "messages.1.text", "code": "empty"}]
    server.delete("/api/v1/rooms/general")
    assert server.post(IMPORT, {"messages": [_old(1)]}).code == "room_archived"
    assert server.post("/api/v1/rooms/nowhere/import", {"messages": [_old(1)]}).code == "room_not_found"
    assert stored_texts(acme) == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "server"])
def test_nobody_but_the_server_imports(live: LiveServer, acme: Tenancy, role: str) -> None:
    room = stage(live, acme)
    assert room.client(role).post(room.path("import"), {"messages": [_old(1, role)]}).code == "not_allowed"
