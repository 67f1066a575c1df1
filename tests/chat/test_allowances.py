"""What a tenant's row leaves it, at both doors: what is used up is refused, and reading goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tenants.allowances import digest_of
from tenants.models import ActiveUser, Process
from tests.chat.socket.knocking import turned_away
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import Person, person
from tests.support.tables import rows, set_limits

MESSAGES = "/api/v1/rooms/general/messages"
_OBEYED = 5.0  # seconds
_REFUSED = (402, "plan_limit_reached")


def _use_up(tenant: Tenancy, *limits: str) -> None:
    set_limits(tenant, reached=json.dumps(limits))


async def _comes(answer: Callable[[], Awaitable[str]], wanted: str) -> None:
    async with asyncio.timeout(_OBEYED):
        while await answer() != wanted:
            await asyncio.sleep(0.02)


async def _said(someone: Person) -> str:
    answer = await someone.send("more")
    return str(answer.get("code", answer["type"]))


def _refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


async def test_used_up_messages_are_refused_by_every_process_and_reading_goes_on(
    live: LiveServer, serve: Callable[..., LiveServer], acme: Tenancy
) -> None:
    other = serve()
    async with person(live, acme, "ann") as ann, person(other, acme, "bob") as bob:
        await ann.subscribe()
        mine = (await ann.send("before"))["id"]
        _use_up(acme, "monthly_messages")
        for someone in (ann, bob):
            await _comes(lambda someone=someone: _said(someone), "plan_limit_reached")  # type: ignore[misc]
        assert (await ann.ask("message.edit", room="general", id=mine, text="after"))["type"] == "ok"
        assert (await ann.ask("message.delete", room="general", id=mine))["type"] == "ok"
        assert (await bob.subscribe(since=0))["type"] == "ok"
        client, server = as_user(other, acme, "ann"), as_server(other, acme)
        old = {"user": "ann", "client_id": "c", "text": "old", "created_at": "2026-01-01T00:00:00Z"}
        for refused in (
            client.post(MESSAGES, {"text": "by REST"}),
            server.post("/api/v1/rooms/general/import", {"messages": [old]}),
        ):
            assert _refusal(refused) == _REFUSED
        assert client.get(MESSAGES).status == 200
        _use_up(acme)
        await _comes(lambda: _said(bob), "ok")


async def test_who_wrote_this_month_goes_on_when_no_more_people_may(live: LiveServer, acme: Tenancy) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    month = hour.date().replace(day=1)
    ann_is = {"tenant_id": acme.record.id, "person": digest_of(acme.record, "ann")}
    await ActiveUser.objects.acreate(**ann_is, month=month, first_hour=hour, latest_hour=hour)
    asked = {"room": "general", "name": "Bot"}
    hook = as_server(live, acme).post("/api/v1/incoming-webhooks", asked).json
    async with person(live, acme, "ann") as ann, person(live, acme, "bob") as bob:
        _use_up(acme, "monthly_active_users")
        await _comes(lambda: _said(bob), "plan_limit_reached")
        assert [await _said(ann) for _ in range(2)] == ["ok", "ok"]
    assert _refusal(as_user(live, acme, "bob").post(MESSAGES, {"text": "hi"})) == _REFUSED
    assert as_server(live, acme).post(MESSAGES, {"text": "hi", "kind": "system"}).status == 201
    path = urlsplit(hook["url"]).path
    assert Client(live, acme.host).post(path, {"text": "from a bot"}).status == 201


async def test_a_socket_beyond_the_limit_is_refused_until_another_has_gone(live: LiveServer, acme: Tenancy) -> None:
    set_limits(acme, peak_connections=3)
    elsewhere = {"kind": "server", "version": "1", "pid": 1, "started_at": datetime.now(UTC)}
    await Process.objects.acreate(id=f"p_{acme.slug[-8:]}", host="b", crowds={acme.schema_name: 1}, **elsewhere)
    async with person(live, acme, "ann"):
        async with person(live, acme, "bob"):
            away = await turned_away(live, acme.host, acme.token("carol"))
            assert (away.close_code, away.error["code"]) == (1013, "plan_limit_reached")
            assert away.error["retry_after"] > 0
        async with person(live, acme, "carol") as carol:
            assert await _said(carol) == "ok"


async def test_of_many_who_race_for_the_last_room_one_gets_it(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    made = server.post("/api/v1/rooms", {"id": "spare"})
    ann, bob = as_user(live, acme, "ann"), as_user(live, acme, "bob")
    for client in (ann, bob):
        assert client.get("/api/v1/rooms").status == 200
    talk = ann.post("/api/v1/rooms", {"kind": "direct", "members": ["bob"]})
    assert (made.status, talk.status) == (201, 201)
    [(before,)] = rows(acme, "SELECT count(*) FROM chat_room")
    set_limits(acme, rooms=before + 1, text_characters=1)
    async with person(live, acme, "ann") as heard:
        await _comes(lambda: _said(heard), "invalid")
    asked = (asyncio.to_thread(server.post, "/api/v1/rooms", {"id": f"r{number}"}) for number in range(8))
    answers = await asyncio.gather(*asked)
    assert sorted(answer.status for answer in answers) == [201] + [402] * 7
    assert rows(acme, "SELECT count(*) FROM chat_room") == [(before + 1,)]
    assert bob.post("/api/v1/rooms", {"kind": "direct", "members": ["ann"]}).status == 200, "it is there already"
    assert server.delete("/api/v1/rooms/spare").status == 204
    assert server.post("/api/v1/rooms", {"id": "instead"}).status == 201
    assert _refusal(server.patch("/api/v1/rooms/spare", {"archived": False})) == _REFUSED


async def test_what_is_not_paid_for_can_be_read_and_then_not_even_that(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        mine = (await ann.send("paid for"))["id"]
        set_limits(acme, service="read_only")
        await _comes(lambda: _said(ann), "plan_limit_reached")
        assert (await ann.ask("message.edit", room="general", id=mine, text="x"))["code"] == "plan_limit_reached"
        assert (await ann.subscribe(since=0))["type"] == "ok"
        client = as_user(live, acme, "ann")
        assert client.get(MESSAGES).status == 200
        for refused in (client.post(MESSAGES, {"text": "hi"}), client.post("/api/v1/rooms", {"id": "another"})):
            assert _refusal(refused) == _REFUSED
            assert "overdue" in refused.json["detail"]
        set_limits(acme, service="full")
        await _comes(lambda: _said(ann), "ok")
        set_limits(acme, service="suspended")
        await ann.event("error", code="tenant_suspended")
    assert _refusal(client.get(MESSAGES)) == (403, "tenant_suspended")
