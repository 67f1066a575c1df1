"""Incoming webhooks: a URL that posts into one room as a bot, and into no other."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, make_room, rows, stored_texts

INCOMING = "/api/v1/incoming-webhooks"


def _make(live: LiveServer, tenant: Tenancy, room: str = "general", name: str = "Build") -> tuple[str, str]:
    """The id and the path of a new one."""
    answer = as_server(live, tenant).post(INCOMING, {"room": room, "name": name})
    assert answer.status == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json["id"], urlsplit(answer.json["url"]).path


async def test_what_is_posted_there_is_said_by_its_bot(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "ops", "private", members=("ann",))
    async with person(live, acme, "ann") as ann:
        await ann.subscribe("ops")
        hook_id, path = _make(live, acme, "ops")
        answer = Client(live, acme.host).post(
            path, {"text": "It is broken", "client_id": "build-7", "data": {"build": 7}}
        )
        assert answer.status == 201
        assert (await ann.event("member.joined"))["user"]["name"] == "Build"
        said = (await ann.event("message.created"))["message"]
        assert (said["id"], said["seq"], said["text"]) == (answer.json["id"], answer.json["seq"], "It is broken")
        assert (said["user"]["name"], said["data"]) == ("Build", {"build": 7})
    again = Client(live, acme.host).post(path, {"text": "It is broken", "client_id": "build-7"})
    assert again.json == answer.json
    [listed] = as_server(live, acme).get(INCOMING).json["data"]
    assert (listed["id"], listed["room"], listed["bot"]["name"]) == (hook_id, "ops", "Build")
    assert listed["last_used_at"] is not None
    assert rows(acme, "SELECT is_bot FROM chat_user WHERE id = %s", said["user"]["id"]) == [(True,)]


def test_its_token_is_kept_nowhere(live: LiveServer, acme: Tenancy) -> None:
    _, path = _make(live, acme)
    token = path.rsplit("/", 1)[1]
    client = Client(live, acme.host)
    client.post(path, {"text": "hi"})
    client.ask("POST", path, body=b"{")
    client.ask("POST", f"{path[:-1]}", body=b"{}")
    client.get(path)
    assert token not in str(rows(acme, "SELECT * FROM chat_incomingwebhook"))
    assert token not in as_server(live, acme).get(INCOMING).text
    change(acme, "ALTER TABLE chat_incomingwebhook RENAME TO lost")
    assert client.post(path, {"text": "hi"}).code == "internal"
    assert "hooks.failed" in live.log()
    assert token not in live.log()
    assert path[:-1] not in live.log()


def test_every_other_url_is_not_found(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    hook_id, path = _make(live, acme)
    other_id, other_path = _make(live, acme)
    token, other_token = path.rsplit("/", 1)[1], other_path.rsplit("/", 1)[1]
    client = Client(live, acme.host)
    for wrong in (
        f"/hooks/{hook_id}/{token[:-1]}",
        f"/hooks/{hook_id}/{other_token}",
        f"/hooks/{other_id}/{token}",
        "/hooks/in_nothing/x",
        "/hooks/%00/x",
        f"/hooks/{hook_id}/%00",
    ):
        assert client.post(wrong, {"text": "hi"}).code == "webhook_not_found", wrong
    assert Client(live, globex.host).post(path, {"text": "hi"}).code == "webhook_not_found"
    assert stored_texts(acme) == []


def test_a_revoked_url_is_worth_nothing_and_its_bot_leaves(live: LiveServer, acme: Tenancy) -> None:
    hook_id, path = _make(live, acme)
    server = as_server(live, acme)
    assert server.ask("DELETE", f"{INCOMING}/{hook_id}").status == 204
    assert Client(live, acme.host).post(path, {"text": "hi"}).code == "webhook_not_found"
    assert server.get(INCOMING).json["data"] == []
    assert server.ask("DELETE", f"{INCOMING}/{hook_id}").code == "webhook_not_found"
    assert rows(acme, "SELECT count(*) FROM chat_member") == [(0,)]


BAD_POSTS = {
    "no JSON": (b"{", "bad_json"),
    "a list": (b"[]", "invalid"),
    "no text": (b"{}", "invalid"),
    "an empty text": (b'{"text": " "}', "invalid"),
    "a number": (b'{"text": 7}', "invalid"),
    "NUL": (b'{"text": "a\\u0000"}', "invalid"),
    "a field that nobody knows": (b'{"text": "a", "user": "ann"}', "invalid"),
    "far too much": (b'{"text": "' + b"a" * 70_000 + b'"}', "too_big"),
}


def test_a_bad_post_is_refused(live: LiveServer, acme: Tenancy) -> None:
    _, path = _make(live, acme)
    client = Client(live, acme.host)
    for body, code in BAD_POSTS.values():
        assert client.ask("POST", path, body=body).code == code, body[:40]
    assert client.get(path).code == "method_not_allowed"
    assert stored_texts(acme) == []


def test_it_has_a_pace_of_its_own(live: LiveServer, acme: Tenancy) -> None:
    _, path = _make(live, acme)
    _, other = _make(live, acme)
    client = Client(live, acme.host)
    answers = [client.post(path, {"text": "again"}) for _ in range(30)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert refused[0].code == "rate_limited"
    assert "Retry-After" in refused[0].headers
    assert client.post(other, {"text": "hi"}).status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"room": "nowhere", "name": "Build"}, "room_not_found"),
        ({"room": "pair", "name": "Build"}, "not_allowed"),
        ({"room": "general"}, "invalid"),
        ({"room": "general", "name": ""}, "invalid"),
    ],
)
def test_what_cannot_be_posted_into_gets_no_url(
    live: LiveServer, acme: Tenancy, body: dict[str, object], code: str
) -> None:
    make_room(acme, "pair", "direct", members=("ann", "bob"))
    assert as_server(live, acme).post(INCOMING, body).code == code
    assert rows(acme, "SELECT count(*) FROM chat_user WHERE is_bot") == [(0,)]


def test_only_the_server_hands_them_out(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    hook_id, _ = _make(live, acme)
    ann = as_user(live, acme, "ann")
    for answer in (
        ann.get(INCOMING),
        ann.post(INCOMING, {"room": "general", "name": "Mine"}),
        ann.ask("DELETE", f"{INCOMING}/{hook_id}"),
    ):
        assert answer.code == "not_allowed"
    assert as_server(live, globex).ask("DELETE", f"{INCOMING}/{hook_id}").code == "webhook_not_found"
