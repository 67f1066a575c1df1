"""A room as it goes on, in the console: who looks on is noticed by nobody there but written down, who takes part is
seen."""

from __future__ import annotations

import json
import re

from asgiref.sync import sync_to_async

from tenants.models import AuditEntry, Role
from tests.support.cast import Tenancy
from tests.support.http import Client, with_session
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import fill, make_room, rows

PLANS = "/admin/room/plans/live"


def _moderator(live: LiveServer, tenant: Tenancy) -> Client:
    return with_session(live, tenant, tenant.account("mod", Role.MODERATOR))


def _looks(tenant: Tenancy) -> int:
    return AuditEntry.objects.filter(chain=tenant.schema_name, action="room.watched").count()


def test_an_open_room_is_there_itself(live: LiveServer, acme: Tenancy) -> None:
    page = _moderator(live, acme).get("/admin/room/general/live")
    told = re.search(r'<script id="room-page" type="application/json">(.*?)</script>', page.text)
    assert "<parley-room" in page.text
    assert told is not None
    assert json.loads(told[1])["me"]["name"] == "Mod"
    assert "blob:" in page.headers["Content-Security-Policy"]
    assert _looks(acme) == 0


def test_who_looks_on_sees_what_comes_and_is_written_down_once(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann",))
    fill(acme, 2, "plans", "ann")
    client = _moderator(live, acme)
    page = client.get(PLANS)
    assert "<parley-room" not in page.text
    [seen] = re.findall(r"live\?seen=(\d+)", page.text)
    assert client.get(f"{PLANS}?seen={seen}").status == 204
    fill(acme, 1, "plans", "ann")
    news = client.get(f"{PLANS}?seen={seen}")
    assert re.findall(r'dir="auto">([^<]+)<', news.text) == ["1", "2", "3"]
    assert "<html" not in news.text
    assert "?seen=3" in news.text
    assert _looks(acme) == 1
    assert rows(acme, "SELECT count(*) FROM chat_member WHERE room_id = 'plans'") == [(1,)]


async def test_joining_and_leaving_is_told_to_everybody(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann",))
    client = await sync_to_async(_moderator)(live, acme)
    async with person(live, acme, "ann") as ann:
        await ann.subscribe("plans")
        assert client.submit(PLANS, action="join").status == 302
        heard = await ann.event("member.joined")
        assert (heard["user"]["name"], heard["role"]) == ("Mod", "moderator")
        page = client.get(PLANS).text
        assert "<parley-room" in page
        assert client.submit(PLANS, action="leave").status == 302
        assert (await ann.event("member.left"))["reason"] == "left"
    assert "<parley-room" not in client.get(PLANS).text


def test_nobody_joins_a_direct_conversation(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "two", "direct", members=("ann", "bob"))
    fill(acme, 1, "two", "ann")
    client = _moderator(live, acme)
    path = "/admin/room/two/live"
    assert "Join this room" not in client.get(path).text
    client.submit(path, action="join")
    assert rows(acme, "SELECT count(*) FROM chat_member WHERE room_id = 'two'") == [(2,)]
    assert "keeps its people" in client.get(path).text
