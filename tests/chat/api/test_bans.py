"""Bans: nothing of the room is open to who is banned, until it is lifted or over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.chat.api.roles import ROLES, stage
from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user, with_session
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, fill, make_room, make_user, rows
from tests.support.tokens import signed

MAY_BAN = {
    "outsider": set(),
    "member": set(),
    "moderator": {"member", "outsider"},
    "owner": {"member", "moderator", "outsider"},
    "server": {"member", "moderator", "outsider", "owner"},
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_bans_those_below_it(live: LiveServer, acme: Tenancy, role: str) -> None:
    room = stage(live, acme)
    client, may = room.client(role), MAY_BAN[role]
    for target in ("outsider", "member", "moderator", "owner"):
        if role == target:
            continue
        answer = client.put(room.path("bans", target), {})
        if target in may:
            assert (target, answer.status) == (target, 201)
            change(acme, "DELETE FROM chat_ban")
        else:
            assert (target, answer.code) == (target, "not_allowed")
    assert client.put(room.path("bans", role), {}).code == ("user_not_found" if role == "server" else "not_allowed")
    left = rows(acme, "SELECT user_id FROM chat_message WHERE kind = 'member.left'")
    assert {user for (user,) in left} == may - {"outsider"}


@pytest.mark.parametrize("role", ROLES)
def test_moderators_see_and_lift_bans(live: LiveServer, acme: Tenancy, role: str) -> None:
    room = stage(live, acme)
    make_user(acme, "troll", "Troll")
    make_user(acme, "over")
    until = datetime.now(UTC) + timedelta(days=1)
    body = {"reason": " Spam ", "until": until.isoformat()}
    assert room.client("moderator").put(room.path("bans", "troll"), body).status == 201
    change(acme, "INSERT INTO chat_ban (room_id, user_id, until) VALUES ('room', 'over', now() - interval '1 s')")
    client = room.client(role)
    listed, lifted = client.get(room.path("bans")), client.delete(room.path("bans", "troll"))
    if role in ("outsider", "member"):
        assert (listed.code, lifted.code) == ("not_allowed", "not_allowed")
        return
    [ban] = listed.json["data"]
    assert ban.pop("created_at")
    assert datetime.fromisoformat(ban.pop("until")) == until
    assert ban == {
        "user": {"id": "troll", "name": "Troll", "avatar": None},
        "reason": " Spam ",
        "banned_by": "moderator",
    }
    assert lifted.status == 204
    assert client.delete(room.path("bans", "troll")).code == "not_found"
    assert client.get(room.path("bans")).json == {"data": [], "next": None}


@pytest.mark.parametrize("kind", ["open", "private"])
async def test_who_is_banned_is_out_at_once_and_finds_every_door_shut(
    live: LiveServer, acme: Tenancy, kind: str
) -> None:
    room = stage(live, acme, kind)
    fill(acme, 3, "room", user="owner")
    client = room.client("member")
    async with person(live, acme, "member") as banned, person(live, acme, "owner") as owner:
        await banned.subscribe("room")
        await owner.subscribe("room")
        assert room.client("moderator").put(room.path("bans", "member"), {"reason": "Spam"}).status == 201
        left = await banned.event("member.left")
        assert (left["seq"], left["reason"]) == (4, "banned")
        assert await banned.next() == {"type": "room.unsubscribed", "room": "room", "reason": "banned"}
        await owner.event("member.left")
        await owner.send("at last", room="room")
        assert (await banned.subscribe("room", since=0))["code"] == "banned"
        assert (await banned.ask("read.mark", room="room", seq=3))["code"] == "banned"
        await banned.ask("ping")
        assert banned.texts("room") == []
    answers = {
        "show": client.get(room.path()),
        "history": client.get(room.path("messages")),
        "members": client.get(room.path("members")),
        "read": client.put(room.path("read"), {"seq": 1}),
        "join": client.put(room.path("members", "member"), {}),
        "invited": room.client("owner").put(room.path("members", "member"), {}),
        "invited by the server": room.client("server").put(room.path("members", "member"), {}),
    }
    assert {name: answer.code for name, answer in answers.items()} == dict.fromkeys(answers, "banned")
    assert [each["id"] for each in client.get("/api/v1/rooms").json["data"]] == ["general"]
    assert rows(acme, "SELECT user_id FROM chat_member WHERE user_id = 'member'") == []


def test_a_token_that_names_the_room_lets_nobody_past_a_ban(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    room.client("server").put(room.path("bans", "outsider"), {})
    headers = {"Authorization": f"Bearer {signed(acme, 'outsider', rooms=['room'])}"}
    for answer in (
        as_server(live, acme).get(room.path(), **headers),
        as_server(live, acme).put(room.path("members", "outsider"), {}, **headers),
    ):
        assert answer.code == "banned"


def test_the_hosted_page_of_the_room_is_shut_too(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    client = with_session(live, acme, account)
    assert client.get("/rooms/general").status == 200
    as_server(live, acme).put(f"/api/v1/rooms/general/bans/{account.id}", {})
    page = client.get("/rooms/general")
    assert (page.status, "General" in page.text) == (403, False)


async def test_a_listener_who_never_joined_is_out_too(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        await ann.subscribe()
        ban = "/api/v1/rooms/general/bans/ann"
        assert [as_server(live, acme).put(ban, {}).status for _ in range(2)] == [201, 204]
        assert (await ann.event("room.unsubscribed"))["reason"] == "banned"
    assert rows(acme, "SELECT last_seq FROM chat_room") == [(1,)], "the second time nobody is left to go"


def test_a_ban_that_is_lifted_or_over_opens_the_doors_and_makes_no_member(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme, "open")
    server, member = room.client("server"), room.client("member")
    for end in ("DELETE FROM chat_ban", "UPDATE chat_ban SET until = now() - interval '1 s'"):
        server.put(room.path("bans", "member"), {})
        assert member.get(room.path()).code == "banned"
        change(acme, end)
        assert member.get(room.path()).json["member"] is False
        assert member.put(room.path("members", "member"), {}).status == 201
    assert server.put(room.path("bans", "member"), {}).status == 201, "the one that is over counts for nothing"


def test_another_ban_takes_the_place_of_the_first(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    owner = room.client("owner")
    assert owner.put(room.path("bans", "member"), {"reason": "one"}).status == 201
    assert room.client("server").put(room.path("bans", "member"), {"reason": "two"}).status == 204
    [ban] = owner.get(room.path("bans")).json["data"]
    assert (ban["reason"], ban["until"], ban["banned_by"]) == ("two", None, None)


def test_nobody_is_banned_from_a_conversation(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "between", "direct", members=("ann", "bob"))
    assert as_server(live, acme).put("/api/v1/rooms/between/bans/ann", {}).code == "not_allowed"


def test_whom_or_where_nobody_knows_cannot_be_banned(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    assert server.put("/api/v1/rooms/general/bans/nobody", {}).code == "user_not_found"
    for answer in (
        server.put("/api/v1/rooms/nowhere/bans/ann", {}),
        server.get("/api/v1/rooms/nowhere/bans"),
        server.delete("/api/v1/rooms/nowhere/bans/ann"),
    ):
        assert answer.code == "room_not_found"


BAD_BANS: dict[str, dict[str, object]] = {
    "a time that has passed": {"until": "2020-01-01T00:00:00Z"},
    "a time without a zone": {"until": "2999-01-01T00:00:00"},
    "a day": {"until": "2999-01-01"},
    "Unix time": {"until": 32_472_144_000},
    "Unix time as a text": {"until": "32472144000"},
    "a time beyond all": {"until": "9999-12-31T23:59:59-12:00"},
    "words": {"until": "tomorrow"},
    "a reason of 501": {"reason": "r" * 501},
    "a reason with NUL": {"reason": "\x00"},
}


def test_a_bad_ban_is_refused_and_its_field_named(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    for name, body in BAD_BANS.items():
        answer = as_server(live, acme).put("/api/v1/rooms/general/bans/ann", body)
        assert (name, answer.status, answer.code) == (name, 422, "invalid")
        assert [error["field"].split(".")[-1] for error in answer.json["errors"]] == list(body), name
    assert rows(acme, "SELECT * FROM chat_ban") == []


def test_bans_come_in_pages(live: LiveServer, acme: Tenancy) -> None:
    change(
        acme,
        """
        INSERT INTO chat_user (id, name) SELECT 'u' || n, 'N' FROM generate_series(1, 7) n;
        INSERT INTO chat_ban (room_id, user_id) SELECT 'general', id FROM chat_user;
        """,
    )
    server, found, query = as_server(live, acme), [], "limit=3"
    while True:
        page = server.get(f"/api/v1/rooms/general/bans?{query}").json
        found += [ban["user"]["id"] for ban in page["data"]]
        if page["next"] is None:
            break
        query = f"limit=3&cursor={page['next']}"
    assert found == [f"u{number}" for number in range(1, 8)]
    assert as_user(live, acme, "u8").get("/api/v1/rooms/general/bans").code == "not_allowed"
