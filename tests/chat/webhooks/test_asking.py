"""Whoever sends, by whichever door: the tenant's hook is asked first."""

from __future__ import annotations

import asyncio

from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.receiver import Heard, Receiver, Reply
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import make_user, stored_texts

MESSAGES = "/api/v1/rooms/general/messages"


async def _judge(heard: Heard) -> Reply:
    text = heard.json["data"]["text"]
    if "secret" in text:
        return Reply(200, b'{"action": "refuse", "message": "Not that."}')
    if "damn" in text:
        return Reply(200, b'{"action": "allow", "text": "d*mn"}')
    return Reply(200, b'{"action": "allow"}')


async def test_both_doors_ask_it(live: LiveServer, acme: Tenancy, shop: Receiver) -> None:
    shop.behaviour = _judge
    make_user(acme, "ann")
    server, ann = as_server(live, acme), as_user(live, acme, "ann")
    await asyncio.to_thread(server.put, "/api/v1/settings/before-send", {"url": shop.url})
    async with person(live, acme, "ann") as socket:
        assert (await socket.send("hello"))["seq"] == 1
        assert (await socket.send("damn", data={"a": 1}))["seq"] == 2
        refused = await socket.send("my secret")
        assert (refused["code"], refused["message"]) == ("content_refused", "Not that.")
    for client, body in ((ann, {}), (server, {"user": "ann"})):
        assert (await asyncio.to_thread(client.post, MESSAGES, {"text": "damn", **body})).status == 201
        answer = await asyncio.to_thread(client.post, MESSAGES, {"text": "a secret", **body})
        assert (answer.status, answer.code, answer.json["detail"]) == (422, "content_refused", "Not that.")
    assert stored_texts(acme) == ["hello", "d*mn", "d*mn", "d*mn"]
    assert len(shop.heard) == 7
    assert {heard.json["data"]["user"]["id"] for heard in shop.heard} == {"ann"}
    assert shop.heard[1].json["data"]["data"] == {"a": 1}


async def test_a_burst_waits_its_turn_and_keeps_its_order(live: LiveServer, acme: Tenancy, shop: Receiver) -> None:
    shop.behaviour = _judge
    await asyncio.to_thread(as_server(live, acme).put, "/api/v1/settings/before-send", {"url": shop.url})
    async with person(live, acme, "ann") as socket:
        refs = [await socket.say("message.send", room="general", text=str(number)) for number in range(10)]
        assert [answer["seq"] for answer in await socket.answers(refs)] == list(range(1, 11))
    assert stored_texts(acme) == [str(number) for number in range(10)]


async def test_who_has_no_hook_any_more_is_not_asked(live: LiveServer, acme: Tenancy, shop: Receiver) -> None:
    shop.behaviour = _judge
    server = as_server(live, acme)
    await asyncio.to_thread(server.put, "/api/v1/settings/before-send", {"url": shop.url})
    await asyncio.to_thread(server.ask, "DELETE", "/api/v1/settings/before-send")
    async with person(live, acme, "ann") as socket:
        assert (await socket.send("a secret"))["seq"] == 1
    assert shop.heard == []
