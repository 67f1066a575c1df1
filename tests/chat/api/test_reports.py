"""Whoever may read a message may report it; moderators see what concerns their rooms, and say what came of it."""

from __future__ import annotations

import pytest

from tests.chat.api.roles import Stage, stage
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server
from tests.support.server import LiveServer
from tests.support.tables import change, make_user, rows
from tests.support.tokens import signed

REPORTS = "/api/v1/reports"


@pytest.fixture
def room(live: LiveServer, acme: Tenancy) -> Stage:
    return stage(live, acme)


def said_by(room: Stage, user: str, text: str = "Buy gold now") -> str:
    sent = room.client("server").post(room.path("messages"), {"text": text, "user": user})
    return str(sent.json["id"])


def report(client: Client, room: Stage, message: str, **body: object) -> Answer:
    return client.post(room.path("messages", message, "reports"), {"reason": "spam", **body})


def seen(client: Client, query: str = "") -> list[str]:
    return [each["id"] for each in client.get(f"{REPORTS}{query}").json["data"]]


def test_a_report_shows_message_room_and_reporter(room: Stage) -> None:
    message = said_by(room, "owner")
    made = report(room.client("member"), room, message, note="every day")
    assert made.status == 201
    shown = room.client("moderator").get(REPORTS).json["data"]
    assert shown == [made.json]
    [found] = shown
    assert found.pop("created_at")
    assert found.pop("id").startswith("rp_")
    assert found.pop("message") == room.client("member").get(room.path("messages", message)).json
    assert found == {
        "room": {"id": "room", "name": "Room"},
        "reporter": {"id": "member", "name": "Member", "avatar": None},
        "reason": "spam",
        "note": "every day",
        "resolution": None,
        "resolved_by": None,
        "resolved_at": None,
    }


def test_reporting_again_changes_the_open_report_and_makes_another_of_a_resolved_one(room: Stage) -> None:
    message, member, server = said_by(room, "owner"), room.client("member"), room.client("server")
    first = report(member, room, message, note="hm").json
    assert report(member, room, message, reason="abuse").json == {**first, "reason": "abuse", "note": ""}
    others = report(room.client("moderator"), room, message).json["id"]
    server.patch(f"{REPORTS}/{first['id']}", {"resolution": "dismissed"})
    again = report(member, room, message).json["id"]
    assert seen(server, "?state=open") == [again, others]
    assert seen(server, "?state=resolved") == [first["id"]]
    assert seen(server) == [again, others, first["id"]]


def test_moderators_see_and_resolve_those_of_their_rooms(room: Stage, acme: Tenancy) -> None:
    made = report(room.client("member"), room, said_by(room, "owner")).json["id"]
    path = f"{REPORTS}/{made}"
    for who in (room.client("outsider"), room.client("member")):
        assert (seen(who), who.patch(path, {"resolution": "acted"}).code) == ([], "not_found")
    change(acme, "UPDATE chat_member SET role = 'owner' WHERE user_id = 'member'")
    assert seen(room.client("member")) == [made]
    resolved = room.client("moderator").patch(path, {"resolution": "acted"}).json
    assert (resolved["resolution"], resolved["resolved_by"]) == ("acted", "moderator")
    assert resolved["resolved_at"] >= resolved["created_at"]
    otherwise = room.client("server").patch(path, {"resolution": "dismissed"}).json
    assert (otherwise["resolution"], otherwise["resolved_by"]) == ("dismissed", None)


def test_a_token_for_other_rooms_shows_none_of_this_one(room: Stage, live: LiveServer, acme: Tenancy) -> None:
    made = report(room.client("member"), room, said_by(room, "owner")).json["id"]
    for rooms, expected in ((["general"], []), (["general", "room"], [made])):
        token = signed(acme, "moderator", rooms=rooms)
        assert seen(Client(live, acme.host, {"Authorization": f"Bearer {token}"})) == expected


def test_whoever_is_reported_does_not_learn_by_whom(room: Stage) -> None:
    made = report(room.client("member"), room, said_by(room, "moderator")).json["id"]
    moderator = room.client("moderator")
    assert seen(moderator) == []
    assert moderator.patch(f"{REPORTS}/{made}", {"resolution": "dismissed"}).code == "not_found"
    assert seen(room.client("owner")) == [made]


def test_what_cannot_be_reported(room: Stage, acme: Tenancy) -> None:
    member, server, message = room.client("member"), room.client("server"), said_by(room, "owner")
    own, gone = said_by(room, "member"), said_by(room, "owner")
    server.delete(room.path("messages", gone))
    server.put(room.path("members", "outsider"), {})
    joined = member.get(room.path("messages")).json["data"][-1]
    assert joined["kind"] == "member.joined"
    change(acme, "DELETE FROM chat_member WHERE user_id = 'outsider'")
    refused = {
        "what one may not read": report(room.client("outsider"), room, message),
        "one's own": report(member, room, own),
        "what is deleted": report(member, room, gone),
        "what nobody said": report(member, room, joined["id"]),
        "what is nowhere": report(member, room, "m_nothing"),
        "in nobody's name": report(server, room, message),
        "for no reason": report(member, room, message, reason="boredom"),
        "at length": report(member, room, message, note="n" * 1_001),
    }
    assert {name: answer.code for name, answer in refused.items()} == {
        "what one may not read": "not_allowed",
        "one's own": "not_allowed",
        "what is deleted": "message_deleted",
        "what nobody said": "message_not_found",
        "what is nowhere": "message_not_found",
        "in nobody's name": "invalid",
        "for no reason": "invalid",
        "at length": "invalid",
    }
    assert rows(acme, "SELECT * FROM chat_report") == []
    assert report(server, room, message, user="member").json["reporter"]["id"] == "member"


def test_a_deleted_message_keeps_its_report_and_loses_its_words(room: Stage) -> None:
    message = said_by(room, "owner")
    report(room.client("member"), room, message)
    room.client("server").delete(room.path("messages", message))
    [shown] = room.client("moderator").get(REPORTS).json["data"]
    assert (shown["message"]["id"], shown["message"]["deleted"], shown["message"]["text"]) == (message, True, "")


def test_reports_come_in_pages_and_stay_in_their_tenant(room: Stage, live: LiveServer, globex: Tenancy) -> None:
    members = [f"u{number}" for number in range(5)]
    message = said_by(room, "owner")
    for user in members:
        make_user(room.tenant, user)
    change(room.tenant, "INSERT INTO chat_member (room_id, user_id) SELECT 'room', unnest(%s::text[])", members)
    made = [report(room.client("server"), room, message, user=user).json["id"] for user in members]
    server, found, query = room.client("server"), [], "?limit=2"
    while query:
        page = server.get(REPORTS + query).json
        found += [each["id"] for each in page["data"]]
        query = page["next"] and f"?limit=2&cursor={page['next']}"
    assert found == made[::-1]
    stranger = as_server(live, globex)
    assert (seen(stranger), stranger.patch(f"{REPORTS}/{made[0]}", {"resolution": "acted"}).code) == ([], "not_found")
