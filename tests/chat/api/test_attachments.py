"""Messages with files: through both doors, heard and read alike, gone with the message."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cast import Tenancy
from tests.support.http import Client, as_user
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import make_room, make_user, rows, set_limits
from tests.support.uploads import follow, hand_in, image, links

MESSAGES = "/api/v1/rooms/general/messages"


def _described(client: Client, upload_id: str) -> dict[str, Any]:
    wanted = ("id", "name", "type", "size", "width", "height", "blurhash")
    found = links(client, upload_id)
    return {name: found[name] for name in wanted}


async def test_a_message_shows_its_files_to_all_who_hear_and_read_it(live: LiveServer, acme: Tenancy) -> None:
    ann, bob = as_user(live, acme, "ann"), as_user(live, acme, "bob")
    first, second = hand_in(ann, image(), "a.png").json["id"], hand_in(ann, b"hello", "b.txt").json["id"]
    expected = [_described(ann, first), _described(ann, second)]
    async with person(live, acme, "bob") as listener:
        await listener.subscribe()
        sent = ann.post(MESSAGES, {"text": "look", "attachments": [first, second]})
        heard = (await listener.event("message.created"))["message"]
        again = hand_in(bob, image(), "c.png").json["id"]
        answer = await listener.send("", attachments=[again])
        without_words = (await listener.event("message.created"))["message"]
    assert sent.status == 201
    assert heard["attachments"] == expected
    assert answer["type"] == "ok"
    assert (without_words["text"], without_words["attachments"]) == ("", [_described(bob, again)])
    history = ann.get(MESSAGES).json["data"]
    assert [message["attachments"] for message in history] == [expected, without_words["attachments"]]
    assert follow(bob, links(bob, first)["url"]).status == 200


BAD = {
    "somebody else's": (lambda bobs, own: [bobs], "upload_not_found"),
    "no such upload": (lambda bobs, own: [own, "up_nothing"], "upload_not_found"),
    "too many": (lambda bobs, own: [own] * 11, "invalid"),
    "not a list": (lambda bobs, own: own, "invalid"),
    "a NUL": (lambda bobs, own: ["a\x00b"], "invalid"),
    "none, and no words": (lambda bobs, own: [], "invalid"),
}


@pytest.mark.parametrize(("wanted", "code"), BAD.values(), ids=BAD)
async def test_what_cannot_be_attached_is_refused_at_both_doors(
    live: LiveServer, acme: Tenancy, wanted: Any, code: str
) -> None:
    ann, bob = as_user(live, acme, "ann"), as_user(live, acme, "bob")
    attachments = wanted(hand_in(bob, b"hello").json["id"], hand_in(ann, b"hello").json["id"])
    assert ann.post(MESSAGES, {"text": "", "attachments": attachments}).code == code
    async with person(live, acme, "ann") as socket:
        assert (await socket.send("", attachments=attachments))["code"] == code
    assert rows(acme, "SELECT id FROM chat_message") == []


def test_the_plan_may_allow_fewer_or_none(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, attachments_per_message=1)
    ann = as_user(live, acme, "ann")
    ids = [hand_in(ann, b"hello").json["id"] for _ in range(2)]
    assert ann.post(MESSAGES, {"text": "hi", "attachments": ids}).code == "plan_limit_reached"
    assert ann.post(MESSAGES, {"text": "hi", "attachments": ids[:1]}).status == 201


def test_the_same_client_id_again_is_the_same_message_with_its_files(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    upload_id = hand_in(ann, b"hello").json["id"]
    body = {"text": "hi", "client_id": "c1", "attachments": [upload_id]}
    first, again = (ann.post(MESSAGES, body) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert ann.post(MESSAGES, {**body, "client_id": "c2"}).code == "upload_not_found"


def test_with_the_message_its_files_are_gone(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "bob")
    ann, bob = as_user(live, acme, "ann"), as_user(live, acme, "bob")
    upload_id = hand_in(ann, image()).json["id"]
    message_id = ann.post(MESSAGES, {"text": "hi", "attachments": [upload_id]}).json["id"]
    urls = [links(client, upload_id)["url"] for client in (ann, bob)]
    assert ann.ask("DELETE", f"{MESSAGES}/{message_id}").status == 204
    for client, url in zip((ann, bob), urls, strict=True):
        assert follow(client, url).code == "upload_not_found"
        assert client.get(f"/api/v1/uploads/{upload_id}").code == "upload_not_found"
    [tombstone] = ann.get(MESSAGES).json["data"]
    assert not tombstone.get("attachments")


def test_a_refused_message_keeps_its_files_free(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private")
    ann = as_user(live, acme, "ann")
    upload_id = hand_in(ann, b"hello").json["id"]
    body = {"text": "hi", "attachments": [upload_id]}
    assert ann.post("/api/v1/rooms/secret/messages", body).code == "not_allowed"
    assert ann.post(MESSAGES, body).status == 201
