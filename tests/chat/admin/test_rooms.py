"""Rooms in the console: found, made and changed, and everybody in them hears of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from tenants.models import AuditEntry, Role
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, with_session
from tests.support.server import LiveServer
from tests.support.sockets import person
from tests.support.tables import change, make_room, make_user, rows

ROOMS = "/admin/chat/room/"


def _as(live: LiveServer, tenant: Tenancy, role: Role = Role.ADMIN) -> Client:
    return with_session(live, tenant, tenant.account("olga", role))


def _listed(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"{ROOMS}?{query}")
    assert answer.status == 200
    return list(dict.fromkeys(re.findall(r'href="/admin/room/([^"?/]+)', answer.text)))


def _recorded(tenant: Tenancy, target: str) -> list[tuple[str, Any, Any]]:
    entries = AuditEntry.objects.filter(chain=tenant.schema_name, target=target).order_by("number")
    return [(entry.action, entry.before, entry.after) for entry in entries]


def test_rooms_are_found_by_how_id_or_name_begin_and_by_kind_and_state(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    make_room(acme, "zoo")
    change(acme, "UPDATE chat_room SET name = 'Planet of Apes', archived_at = now() WHERE id = 'zoo'")
    client = _as(live, acme)
    assert _listed(client) == ["general", "plans", "zoo"]
    assert _listed(client, "q=PLAN") == ["plans", "zoo"]
    assert _listed(client, "q=apes") == []
    assert _listed(client, "q=%25") == []
    assert _listed(client, "kind__exact=private") == ["plans"]
    assert _listed(client, "state=archived") == ["zoo"]
    assert _listed(client, "state=frozen") == []
    assert re.search(r"plans.*?>\s*2\s*<", client.get(ROOMS).text, re.DOTALL)


def test_a_list_of_many_rooms_reads_one_page_of_them(live: LiveServer, acme: Tenancy) -> None:
    rooms = "SELECT 'room-' || lpad(n::text, 5, '0'), 'Name ' || n, 'e' FROM generate_series(1, 10000) n"
    change(acme, f"INSERT INTO chat_room (id, name, epoch) {rooms}")
    change(acme, "ANALYZE chat_room")
    assert len(_listed(_as(live, acme))) == 50
    begins = "SELECT id FROM chat_room WHERE id LIKE 'room-09%%' OR lower(name) LIKE 'name 99%%' ORDER BY id LIMIT 51"
    plan = "\n".join(line for (line,) in rows(acme, f"EXPLAIN {begins}"))
    assert "Seq Scan" not in plan, plan


def test_a_room_is_made(live: LiveServer, acme: Tenancy) -> None:
    client = _as(live, acme)
    made = client.submit(
        "/admin/new-room", action="create", id="plans", name="Plans", topic="For spring", kind="private"
    )
    assert made.headers["Location"] == "/admin/room/plans"
    assert rows(acme, "SELECT kind, name, topic FROM chat_room WHERE id = 'plans'") == [
        ("private", "Plans", "For spring")
    ]
    assert _recorded(acme, "room:plans") == [
        ("room.created", None, {"name": "Plans", "kind": "private", "members": []})
    ]
    again = client.submit("/admin/new-room", action="create", id="plans", name="Plans", kind="open")
    assert (again.status, "There is a room" in again.text) == (422, True)
    for wrong in ({"id": "a/b", "kind": "open"}, {"id": "x", "kind": "direct"}):
        assert client.submit("/admin/new-room", action="create", **wrong).status == 422
    unnamed = client.submit("/admin/new-room", action="create", kind="open").headers["Location"]
    assert unnamed.startswith("/admin/room/r_")


async def test_what_is_changed_of_a_room_its_people_hear(live: LiveServer, acme: Tenancy) -> None:
    client = await _ahead(live, acme)
    path = "/admin/room/general"
    async with person(live, acme, "ann") as ann:
        await ann.subscribe()
        for fields, told in (
            ({"action": "save", "name": "Plaza", "topic": "All"}, {"name": "Plaza", "topic": "All"}),
            ({"action": "slow", "seconds": "30"}, {"slow_seconds": 30}),
            ({"action": "freeze"}, {"frozen": True}),
            ({"action": "unfreeze"}, {"frozen": False}),
            ({"action": "archive"}, {"archived": True}),
            ({"action": "restore"}, {"archived": False}),
        ):
            assert client.submit(path, **fields).status == 302
            heard = await ann.event("room.updated")
            assert (heard["user"], {name: heard[name] for name in told}) == (None, told)
    page = client.get(path).text
    assert "Plaza" in page
    assert "30 s between two messages" in page
    assert [action for action, *_ in await _arecorded(acme, "room:general")] == [
        *("room.changed", "room.changed", "room.frozen", "room.unfrozen", "room.archived", "room.restored")
    ]
    for seconds in ("3601", "-1", "x"):
        assert client.submit(path, action="slow", seconds=seconds).status == 422


async def _ahead(live: LiveServer, acme: Tenancy) -> Client:
    client: Client = await sync_to_async(_as)(live, acme)
    return client


async def _arecorded(tenant: Tenancy, target: str) -> list[tuple[str, Any, Any]]:
    found: list[tuple[str, Any, Any]] = await sync_to_async(_recorded)(tenant, target)
    return found


def test_members_come_get_roles_and_go(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=tuple(f"u{number:02}" for number in range(52)))
    make_user(acme, "ann")
    client, path = _as(live, acme), "/admin/room/plans/members"
    first = client.get(path).text
    assert "u49" in first
    assert "u50" not in first
    assert "u51" in client.get(f"{path}?after=u49").text
    client.submit(path, action="place", user="ann", role="owner")
    client.submit(path, action="place", user="ann", role="moderator")
    role = "SELECT role FROM chat_member WHERE room_id = 'plans' AND user_id = 'ann'"
    assert rows(acme, role) == [("moderator",)]
    client.submit(path, action="remove", user="ann")
    assert rows(acme, role) == []
    assert _recorded(acme, "user:ann") == [
        ("member.added", None, {"room": "plans", "role": "owner"}),
        ("member.role_changed", {"room": "plans", "role": "owner"}, {"room": "plans", "role": "moderator"}),
        ("member.removed", {"room": "plans", "role": "moderator"}, None),
    ]
    assert "There is no user" in client.submit(path, action="place", user="nobody", role="member").text


def test_pins_and_guest_links_are_shown_to_who_may_see_them_and_ended(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    server.put("/api/v1/users/ann", {"name": "Ann"})
    message = server.post("/api/v1/rooms/general/messages", {"user": "ann", "text": "keep this"}).json["id"]
    server.put(f"/api/v1/rooms/general/messages/{message}/pin")
    link = server.post("/api/v1/rooms/general/guest-links", {"name": "For the fair"}).json
    path = "/admin/room/general"
    admin = _as(live, acme)
    moderator = with_session(live, acme, acme.account("mod", Role.MODERATOR))
    agent = with_session(live, acme, acme.account("agent", Role.AGENT))
    seen = {
        client.cookies["sessionid"]: (
            "keep this" in (page := client.get(path).text),
            "For the fair" in page,
            link["url"].rpartition("/")[2] in page,
        )
        for client in (admin, moderator, agent)
    }
    assert list(seen.values()) == [(True, True, True), (True, True, False), (False, True, False)]
    assert moderator.submit(path, action="unpin", message=message).status == 302
    assert admin.submit(path, action="revoke_link", link=link["id"]).status == 302
    page = admin.get(path).text
    assert "Nothing is pinned." in page
    assert "None is in force." in page
    assert _recorded(acme, f"message:{message}") == [
        ("message.pinned", None, {"room": "general"}),
        ("message.unpinned", None, {"room": "general"}),
    ]


@pytest.mark.parametrize("path", ["", "/members", "/live", "/export"])
def test_another_tenants_room_is_not_there(live: LiveServer, acme: Tenancy, globex: Tenancy, path: str) -> None:
    make_room(globex, "theirs")
    client = _as(live, acme)
    actions = {"": "archive", "/members": "remove", "/live": "join", "/export": "export"}
    for room in ("theirs", "%00", "x" * 200):
        assert client.get(f"/admin/room/{room}{path}").status == 404
        answer = client.submit(f"/admin/room/{room}{path}", "/admin/room/general", action=actions[path], format="csv")
        assert answer.status in (302, 404)
    assert rows(globex, "SELECT archived_at FROM chat_room WHERE id = 'theirs'") == [(None,)]
