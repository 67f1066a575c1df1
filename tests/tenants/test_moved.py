"""The place that a tenant has left says where it is, and serves nothing of it."""

from __future__ import annotations

import json

import pytest
import websockets
from asgiref.sync import sync_to_async

from kit.errors import ParleyError
from tenants import lifecycle
from tenants.models import Tenant
from tenants.records import TenantStatus
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, once_refused
from tests.support.server import LiveServer
from tests.support.sockets import open_socket, person

ELSEWHERE = "https://acme.example.net"


def leave(tenant: Tenancy, origin: str = ELSEWHERE) -> None:
    Tenant.objects.filter(pk=tenant.record.id).update(status=TenantStatus.MOVED.value, moved_to=origin)


async def test_open_sockets_are_told_where_to_and_that_they_may_come_back(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        await sync_to_async(leave)(acme)
        told = await ann.event("error")
        assert (told["code"], told["location"]) == ("tenant_moved", ELSEWHERE)
        await ann.connection.wait_closed()
        assert ann.connection.close_code == 1012
    with pytest.raises(websockets.InvalidStatus) as refusal:
        async with open_socket(live, acme.host, subprotocols=["parley.v1", f"bearer.{acme.token('ann')}"]):
            pass
    assert refusal.value.response.status_code == 421
    body = json.loads(refusal.value.response.body)
    assert (body["code"], body["location"]) == ("tenant_moved", ELSEWHERE)


def test_programs_are_told_and_pages_lead_on(live: LiveServer, acme: Tenancy) -> None:
    leave(acme)
    server, page = as_server(live, acme), Client(live, acme.host)
    for told in (
        once_refused(lambda: server.get("/api/v1/rooms")),
        server.post("/api/v1/rooms/general/messages", {"user": "ann", "text": "hi"}),
        page.post("/sign-in", {}),
    ):
        assert (told.status, told.code, told.headers["Retry-After"]) == (421, "tenant_moved", "2")
        assert (told.json["location"], told.json["retryable"]) == (ELSEWHERE, True)
    leads = page.get("/rooms/general?at=7")
    assert (leads.status, leads.headers["Location"]) == (308, f"{ELSEWHERE}/rooms/general?at=7")
    assert page.get("/health/live").status == 200


def test_a_page_whose_name_does_not_lead_on_yet_is_not_sent_in_circles(live: LiveServer, acme: Tenancy) -> None:
    leave(acme, f"https://{acme.host}")
    told = once_refused(lambda: Client(live, acme.host).get("/"))
    assert (told.status, told.code) == (421, "tenant_moved")


def test_who_has_left_is_opened_here_by_nobody(acme: Tenancy) -> None:
    leave(acme)
    for _ in range(2):
        with pytest.raises(ParleyError) as refusal:
            lifecycle.resume(acme.slug)
        assert refusal.value.code.name == "tenant_state"
        lifecycle.request_deletion(acme.slug)
