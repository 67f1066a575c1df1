"""Leaving a room and being sent away."""

from __future__ import annotations

import pytest

from tests.chat.api.roles import ROLES, Stage, stage
from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, make_room, make_user, rows

REMOVES = {
    "outsider": {},
    "member": {"member": "left"},
    "moderator": {"member": "removed", "moderator": "left"},
    "owner": {"member": "removed", "moderator": "removed", "owner": "last_owner"},
    "server": {"member": "removed", "moderator": "removed", "owner": "removed"},
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sends_away_those_below_it(live: LiveServer, acme: Tenancy, role: str) -> None:
    room = stage(live, acme)
    for target in ("owner", "moderator", "member"):
        answer = room.client(role).delete(room.path("members", target))
        outcome = REMOVES[role].get(target, "not_allowed")
        if outcome in ("left", "removed"):
            assert (target, answer.status) == (target, 204)
            [event] = _left(room)
            assert event == (target, {"reason": outcome})
            _put_back(room, target)
        else:
            assert (target, answer.code) == (target, outcome)
            assert _left(room) == []


def _left(room: Stage) -> list[tuple[object, ...]]:
    return rows(room.tenant, "SELECT user_id, data FROM chat_message WHERE kind = 'member.left'")


def _put_back(room: Stage, user: str) -> None:
    change(room.tenant, "DELETE FROM chat_message")
    change(room.tenant, "INSERT INTO chat_member (room_id, user_id, role) VALUES ('room', %s, %s)", user, user)


def test_the_last_owner_stays_until_there_is_another_or_nobody_else(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    owner, server = room.client("owner"), room.client("server")
    refused = owner.delete(room.path("members", "owner"))
    assert (refused.status, refused.code) == (409, "last_owner")
    assert owner.put(room.path("members", "owner"), {"role": "member"}).code == "last_owner"
    assert owner.put(room.path("members", "member"), {"role": "owner"}).status == 204
    assert owner.put(room.path("members", "owner"), {"role": "member"}).status == 204
    assert owner.delete(room.path("members", "owner")).status == 204
    assert server.delete(room.path("members", "moderator")).status == 204
    assert room.client("member").delete(room.path("members", "member")).status == 204
    assert rows(acme, "SELECT user_id FROM chat_member") == []


def test_a_conversation_keeps_its_people(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "between", "direct", members=("ann", "bob"))
    for client, user in ((as_user(live, acme, "ann"), "ann"), (as_server(live, acme), "bob")):
        assert client.delete(f"/api/v1/rooms/between/members/{user}").code == "not_allowed"
    assert len(rows(acme, "SELECT user_id FROM chat_member")) == 2


def test_who_is_no_member_cannot_leave(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    assert as_user(live, acme, "ann").delete("/api/v1/rooms/general/members/ann").code == "user_not_found"
    assert room.client("owner").delete(room.path("members", "outsider")).code == "user_not_found"
    assert room.client("outsider").delete(room.path("members", "outsider")).code == "not_allowed"
    assert room.client("server").delete("/api/v1/rooms/nowhere/members/ann").code == "room_not_found"


async def test_who_was_sent_away_hears_of_it_and_of_nothing_after(live: LiveServer, acme: Tenancy) -> None:
    room = stage(live, acme)
    async with person(live, acme, "member") as gone, person(live, acme, "owner") as owner:
        await gone.subscribe("room")
        await owner.subscribe("room")
        await gone.ask("typing.start", room="room")
        assert room.client("moderator").delete(room.path("members", "member")).status == 204
        left = await gone.event("member.left")
        assert left.pop("created_at")
        assert left == {
            "type": "member.left",
            "room": "room",
            "seq": 1,
            "user": {"id": "member", "name": "Member"},
            "reason": "removed",
        }
        assert await gone.next() == {"type": "room.unsubscribed", "room": "room", "reason": "removed"}
        await owner.send("without them", room="room")
        await owner.event("message.created", seq=2)
        heard = len(gone.heard)
        assert (await gone.ask("typing.start", room="room"))["code"] == "not_subscribed"
        assert (await gone.ask("room.unsubscribe", room="room"))["code"] == "not_subscribed"
        assert (await gone.ask("read.mark", room="room", seq=2))["code"] == "not_allowed"
        assert (await gone.send("still here", room="room"))["code"] == "not_allowed"
        assert (await gone.subscribe("room", since=0))["code"] == "not_allowed"
        assert len(gone.heard) == heard + 5, "answers, and no events"
        assert room.client("member").get(room.path("messages")).code == "not_allowed"
        assert [frame["type"] for frame in owner.heard if frame["type"].startswith("typing")] == [
            "typing.started",
            "typing.stopped",
        ]


async def test_who_left_an_open_room_may_listen_again(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    client = as_user(live, acme, "ann")
    client.put("/api/v1/rooms/general/members/ann", {})
    async with person(live, acme, "ann") as ann:
        await ann.subscribe()
        assert client.delete("/api/v1/rooms/general/members/ann").status == 204
        assert (await ann.event("room.unsubscribed"))["reason"] == "left"
        assert (await ann.subscribe(since=0))["replayed"] == 2
        await ann.send("hi")
        await ann.event("message.created", seq=3)
        assert ann.texts() == ["hi"]
