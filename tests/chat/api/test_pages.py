"""Lists come in pages, and a cursor is worth something only to the list that made it."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.cast import Tenancy
from tests.support.http import as_server
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room

LISTS = ["users", "rooms", "rooms/general/members", "rooms/general/messages"]


@pytest.mark.parametrize("place", ["users", "rooms", "rooms/general/members"])
def test_cursors_lead_through_every_list_without_hole_or_repeat(live: LiveServer, acme: Tenancy, place: str) -> None:
    change(
        acme,
        """
        INSERT INTO chat_user (id, name) SELECT 'u' || n, 'Name ' || n / 5 FROM generate_series(1, 23) n;
        INSERT INTO chat_room (id, epoch, active_at)
            SELECT 'r' || n, 'e', now() - n / 5 * interval '1 hour' FROM generate_series(1, 22) n;
        INSERT INTO chat_member (room_id, user_id) SELECT 'general', 'u' || n FROM generate_series(1, 23) n;
        """,
    )
    server = as_server(live, acme)
    whole = [item["id"] for item in server.get(f"/api/v1/{place}?limit=200").json["data"]]
    assert len(whole) == len(set(whole)) == 23
    found, query = [], "limit=5"
    while True:
        page = server.get(f"/api/v1/{place}?{query}").json
        found += [item["id"] for item in page["data"]]
        if page["next"] is None:
            break
        query = f"limit=5&cursor={page['next']}"
    assert found == whole


def _cursor(place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


BAD_CURSORS = {
    "garbage": "garbage",
    "no base64": "%21%21%21",
    "beyond ASCII": "%C3%A9",
    "NUL": "%00",
    "no JSON": "bm8ganNvbg",
    "an object": _cursor({"a": 1}),
    "a number": _cursor(7),
    "nothing in it": _cursor([]),
    "too much in it": _cursor(["a", "b", "c", "d"]),
    "the wrong kinds": _cursor([1, "a"]),
    "NUL inside": _cursor(["a\x00", "b\x00"]),
    "a lone surrogate inside": _cursor(["a\ud800", "b"]),
    "too deep": base64.urlsafe_b64encode(b"[" * 9_000).decode(),
    "no direction": _cursor(["sideways", 1]),
    "a seq below": _cursor(["after", -1]),
    "a seq beyond": _cursor(["after", 2**63]),
    "a seq far beyond": _cursor(["before", 10**300]),
    "no time": _cursor(["yesterday", "general"]),
}


@pytest.mark.parametrize("cursor", BAD_CURSORS.values(), ids=BAD_CURSORS)
def test_a_made_up_cursor_is_refused_or_leads_nowhere_else(live: LiveServer, standing: Tenancy, cursor: str) -> None:
    server = as_server(live, standing)
    for place in LISTS:
        answer = server.get(f"/api/v1/{place}?cursor={cursor}")
        if answer.status == 200:  # two texts are a place in the list of users, whatever they are
            assert place == "users"
        else:
            assert (place, answer.status, answer.code) == (place, 400, "bad_cursor")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "", "1.5", "9" * 5_000])
def test_every_list_has_the_same_bounds(live: LiveServer, standing: Tenancy, limit: str) -> None:
    server = as_server(live, standing)
    for place in LISTS:
        answer = server.get(f"/api/v1/{place}?limit={limit}")
        assert (answer.status, answer.code) == (422, "invalid")
        assert [error["field"] for error in answer.json["errors"]] == ["limit"]


def test_a_cursor_of_one_list_is_none_of_another(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 3)
    for number in range(3):
        make_room(acme, f"room-{number}", members=(f"u{number}",))
    server = as_server(live, acme)
    cursors = {
        place: server.get(f"/api/v1/{place}?limit=1").json["next"]
        for place in ("users", "rooms", "rooms/general/messages")
    }
    assert server.get(f"/api/v1/rooms?cursor={cursors['users']}").code == "bad_cursor"
    assert server.get(f"/api/v1/rooms/general/messages?cursor={cursors['rooms']}").code == "bad_cursor"
    assert server.get(f"/api/v1/users?cursor={cursors['rooms/general/messages']}").code == "bad_cursor"


def test_a_cursor_of_another_tenant_leads_through_ones_own_list_alone(
    live: LiveServer, acme: Tenancy, globex: Tenancy
) -> None:
    for tenant in (acme, globex):
        for number in range(3):
            make_room(tenant, f"{tenant.slug}-{number}", members=(f"{tenant.slug}-{number}",))
    mine, theirs = as_server(live, acme), as_server(live, globex)
    for place in ("users", "rooms"):
        cursor = theirs.get(f"/api/v1/{place}?limit=1").json["next"]
        assert globex.slug not in mine.get(f"/api/v1/{place}?cursor={cursor}").text
