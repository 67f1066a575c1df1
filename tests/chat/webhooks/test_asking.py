"""Whoever sends, by whichever door: the tenant's hook is asked first."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async

from tests.support.cast import Tenancy, make_tenant
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


async def test_an_edit_asks_it_about_the_message_as_it_would_be(
    live: LiveServer, acme: Tenancy, shop: Receiver
) -> None:
    """Else a second wording would get past it."""
    shop.behaviour = _judge
    await asyncio.to_thread(as_server(live, acme).put, "/api/v1/settings/before-send", {"url": shop.url})
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        first = (await ann.send("hello", data={"a": 1}))["id"]
        of_ann = as_user(live, acme, "ann")

        async def by_socket(**changes: object) -> str:
            answer = await ann.ask("message.edit", room="general", id=first, **changes)
            return str(answer.get("code", "ok"))

        async def by_rest(**changes: object) -> str:
            answer = await asyncio.to_thread(of_ann.patch, f"{MESSAGES}/{first}", changes)
            return "ok" if answer.status == 200 else answer.code

        for edit in (by_socket, by_rest):
            shop.heard.clear()
            assert await edit(text="my secret") == "content_refused"
            assert await edit(text="damn") == "ok"
            assert stored_texts(acme) == ["d*mn"]
            assert await edit(text="d*mn") == "ok"
            assert await edit(data={"b": 2}) == "ok"
            assert await edit(text="hello", data={"a": 1}) == "ok"
            asked = [heard.json["data"] for heard in shop.heard]
            assert [(each["text"], each["data"]) for each in asked] == [
                ("my secret", {"a": 1}),
                ("damn", {"a": 1}),
                ("d*mn", {"b": 2}),
                ("hello", {"a": 1}),
            ]
            assert {(heard.json["type"], heard.json["data"]["edits"]) for heard in shop.heard} == {
                ("message.before_send", first)
            }
        shop.heard.clear()
        assert (await bob.ask("message.edit", room="general", id=first, text="hi"))["code"] == "not_allowed"
        assert (await ann.ask("message.edit", room="nowhere", id=first, text="hi"))["code"] == "room_not_found"
        assert (await ann.ask("message.delete", room="general", id=first))["type"] == "ok"
        assert await by_socket(text="hi") == "message_deleted"
        assert shop.heard == []


@pytest.mark.parametrize(("fail_open", "code"), [(True, "ok"), (False, "unavailable")])
async def test_an_edit_without_a_verdict_goes_as_the_tenant_wants(
    live: LiveServer, acme: Tenancy, shop: Receiver, fail_open: bool, code: str
) -> None:
    settings = {"url": shop.url, "fail_open": fail_open}
    shop.behaviour = _judge
    await asyncio.to_thread(as_server(live, acme).put, "/api/v1/settings/before-send", settings)
    async with person(live, acme, "ann") as ann:
        first = (await ann.send("hello"))["id"]
        shop.down = True
        answer = await ann.ask("message.edit", room="general", id=first, text="my secret")
        assert answer.get("code", "ok") == code


async def test_a_send_or_an_edit_under_a_hook_counts_once(live: LiveServer, shop: Receiver) -> None:
    tenant = await sync_to_async(make_tenant)("paced", limits={"sends_per_second": 1, "send_burst": 6})
    shop.behaviour = _judge
    await asyncio.to_thread(as_server(live, tenant).put, "/api/v1/settings/before-send", {"url": shop.url})
    async with person(live, tenant, "ann") as ann:
        sent = [await ann.send(text) for text in ("one", "two", "a secret", "four")]
        assert [answer.get("code", "ok") for answer in sent] == ["ok", "ok", "content_refused", "ok"]
        for text in ("five", "six"):
            assert (await ann.ask("message.edit", room="general", id=sent[0]["id"], text=text))["type"] == "ok"
        assert (await ann.send("seven"))["code"] == "rate_limited"
    assert len(shop.heard) == 6
