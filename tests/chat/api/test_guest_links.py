"""Guest links as those find them who look after a room: made, shown again, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.chat.api.roles import stage
from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import change, make_room, rows


def test_who_moderates_makes_links_and_may_copy_them_as_long_as_they_are_in_force(
    live: LiveServer, acme: Tenancy
) -> None:
    scene = stage(live, acme)
    links = scene.path("guest-links")
    answer = scene.client("moderator").post(links, {"name": "For the auditors", "most_guests": 3})
    assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-store")
    made = answer.json
    assert urlsplit(made["url"])[:2] == ("http", f"{acme.host}:{live.port}")
    assert (made["name"], made["most_guests"], made["guests"], made["created_by"]) == (
        "For the auditors",
        3,
        0,
        "moderator",
    )
    assert datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"]) == timedelta(days=7)
    by_server = scene.client("server").post(links, {"ttl": 60}).json
    shown = scene.client("owner").get(links)
    assert shown.json == {"data": [by_server, made], "next": None}
    assert shown.headers["Cache-Control"] == "no-store"
    first = scene.client("owner").get(f"{links}?limit=1").json
    second = scene.client("owner").get(f"{links}?limit=1&cursor={first['next']}").json
    assert (first["data"], second) == ([by_server], {"data": [made], "next": None})
    change(acme, "UPDATE chat_guestlink SET expires_at = now() WHERE id = %s", by_server["id"])
    assert scene.client("owner").delete(f"{links}/{made['id']}").status == 204
    assert scene.client("owner").get(links).json["data"] == []
    assert scene.client("owner").delete(f"{links}/{made['id']}").code == "not_found"


def test_no_table_holds_a_token(live: LiveServer, acme: Tenancy) -> None:
    url = as_server(live, acme).post("/api/v1/rooms/general/guest-links", {}).json["url"]
    _, _, signature = url.rpartition(".")
    assert len(signature) == 43  # 256 bits in base64
    assert signature not in str(rows(acme, "SELECT * FROM chat_guestlink"))


@pytest.mark.parametrize("body", [{"ttl": 59}, {"ttl": 90 * 86_400 + 1}, {"most_guests": 0}, {"name": "a" * 121}])
def test_a_link_has_its_bounds(live: LiveServer, acme: Tenancy, body: dict[str, object]) -> None:
    assert as_server(live, acme).post("/api/v1/rooms/general/guest-links", body).code == "invalid"


def test_only_rooms_that_may_be_joined_have_links(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    server = as_server(live, acme)
    make_room(acme, "pair", "direct", members=("ann", "bob"))
    make_room(acme, "old", "private", members=("ann",))
    change(acme, "UPDATE chat_room SET archived_at = now() WHERE id = 'old'")
    refused = {room: server.post(f"/api/v1/rooms/{room}/guest-links", {}).code for room in ("pair", "old", "nowhere")}
    assert refused == {"pair": "not_allowed", "old": "room_archived", "nowhere": "room_not_found"}
    assert as_user(live, acme, "ann").get("/api/v1/rooms/pair/guest-links").code == "not_allowed"


def test_a_link_is_revoked_in_its_room_and_tenant_only(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    make_room(acme, "plans", "private")
    made = as_server(live, acme).post("/api/v1/rooms/plans/guest-links", {}).json["id"]
    assert as_server(live, acme).delete(f"/api/v1/rooms/general/guest-links/{made}").code == "not_found"
    assert as_server(live, globex).delete(f"/api/v1/rooms/general/guest-links/{made}").code == "not_found"
    assert rows(acme, "SELECT ended_at FROM chat_guestlink") == [(None,)]
