"""Maintenance, of one tenant and of all: reading goes on, whatever would change a conversation is refused, by both
doors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from tenants.maintenance import begin_maintenance, end_maintenance
from tenants.models import Maintenance, Tenant
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, as_user
from tests.support.operators import as_operator, operator
from tests.support.server import LiveServer
from tests.support.sockets import Person, person

_PATIENCE = 5.0
"""Within so many seconds every process has heard of it."""

GENERAL = "/api/v1/rooms/general"


@pytest.fixture
def console(live: LiveServer) -> Client:
    return as_operator(live, operator("operator"))


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    Maintenance.objects.all().delete()


def writes(message: str) -> list[tuple[str, str, Any]]:
    """Everything over REST that changes a conversation."""
    at = f"{GENERAL}/messages/{message}"
    return [
        ("POST", f"{GENERAL}/messages", {"text": "hi", "user": "u1"}),
        ("PATCH", at, {"text": "other"}),
        ("DELETE", at, None),
        ("PUT", f"{at}/pin", None),
        ("POST", "/api/v1/rooms", {"id": "new"}),
        ("PATCH", GENERAL, {"topic": "t"}),
        ("DELETE", GENERAL, None),
        ("PUT", f"{GENERAL}/members/u1", {}),
        ("DELETE", f"{GENERAL}/members/u1", None),
        ("PUT", f"{GENERAL}/bans/u2", {}),
    ]


async def heard(live: LiveServer, tenant: Tenancy, *sockets: Person, paused: bool) -> None:
    """Wait until the server has heard of it, and the sockets that it has open."""
    server = as_server(live, tenant)
    async with asyncio.timeout(_PATIENCE):
        while ((await _say(server)).status == 503) is not paused:
            await asyncio.sleep(0.02)
        for socket in sockets:
            while (await socket.ask("message.send", room="general", text="?")).get("code") != (
                "maintenance" if paused else None
            ):
                await asyncio.sleep(0.02)


async def _say(server: Client) -> Answer:
    answer: Answer = await sync_to_async(server.post)(f"{GENERAL}/messages", {"text": "?", "user": "u1"})
    return answer


async def test_a_paused_tenant_is_read_and_not_written(
    live: LiveServer, console: Client, acme: Tenancy, globex: Tenancy
) -> None:
    server, elsewhere = as_server(live, acme), as_server(live, globex)
    page = f"/operators/tenants/tenant/{acme.record.id}/state"
    await sync_to_async(server.put)("/api/v1/users/u1", {"name": "Ann"})
    await sync_to_async(elsewhere.put)("/api/v1/users/u1", {"name": "Ann"})
    async with person(live, acme, "u1") as ann:
        await ann.ask("room.subscribe", room="general", since=0)
        sent = await ann.ask("message.send", room="general", text="before")
        assert (await sync_to_async(console.submit)(page, action="pause")).status == 302
        await heard(live, acme, ann, paused=True)
        for command, fields in {
            "message.send": {"text": "hi"},
            "message.edit": {"id": sent["id"], "text": "other"},
            "message.delete": {"id": sent["id"]},
            "reaction.add": {"id": sent["id"], "emoji": "👍"},
            "reaction.remove": {"id": sent["id"], "emoji": "👍"},
        }.items():
            refusal = await ann.ask(command, room="general", **fields)
            assert (refusal.get("code"), refusal.get("retry_after", 0) > 0) == ("maintenance", True), command
        assert (await ann.ask("room.subscribe", room="general", since=0))["type"] == "ok"
        assert (await ann.ask("read.mark", room="general", seq=1))["type"] == "ok"
        for method, path, body in writes(sent["id"]):
            answer = await sync_to_async(server.ask)(method, path, json=body)
            assert (answer.status, answer.code) == (503, "maintenance"), (method, path)
            assert answer.json["retryable"] is True
            assert int(answer.headers["Retry-After"]) > 0
        read = await sync_to_async(as_user(live, acme, "u1").get)(f"{GENERAL}/messages")
        assert [each["text"] for each in read.json["data"] if each["kind"] == "message"][:1] == ["before"]
        assert (await _say(elsewhere)).status == 201, "nobody else is concerned"
        await sync_to_async(console.submit)(page, action="unpause")
        await heard(live, acme, ann, paused=False)


async def test_the_whole_platform_is_paused_and_goes_on(
    live: LiveServer, console: Client, acme: Tenancy, globex: Tenancy
) -> None:
    for tenant in (acme, globex):
        await sync_to_async(as_server(live, tenant).put)("/api/v1/users/u1", {"name": "Ann"})
        await heard(live, tenant, paused=False)
    async with person(live, acme, "u1") as ann:
        begun = await sync_to_async(console.submit)("/operators/maintenance", action="begin", reason="A new disk")
        assert begun.status == 302
        await heard(live, acme, ann, paused=True)
        await heard(live, globex, paused=True)
        assert "A new disk" in (await sync_to_async(console.get)("/operators/maintenance")).text
        await sync_to_async(console.submit)("/operators/maintenance", action="end")
        await heard(live, acme, ann, paused=False)


def test_a_tenants_own_pause_outlives_the_platforms(acme: Tenancy) -> None:
    Tenant.objects.filter(pk=acme.record.id).update(paused=True)
    begin_maintenance("")
    end_maintenance()
    assert Tenant.objects.get(pk=acme.record.id).paused
