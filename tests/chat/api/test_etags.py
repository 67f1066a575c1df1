"""Single resources carry a tag of their bytes: nothing is sent twice, nothing is overwritten unseen."""

from __future__ import annotations

import pytest

from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import fill, make_room, make_user, rows

SINGLE = ["rooms/general", "users/ann", "settings/content"]


@pytest.mark.parametrize("path", SINGLE)
def test_who_has_the_latest_is_told_so_without_a_body(live: LiveServer, acme: Tenancy, path: str) -> None:
    make_user(acme, "ann")
    server, path = as_server(live, acme), f"/api/v1/{path}"
    first = server.get(path)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = server.get(path, **{"If-None-Match": given})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert server.get(path, **{"If-None-Match": '"x"'}).body == first.body
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_lists_and_refusals_have_no_tag(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    for path in ("rooms", "users", "rooms/general/messages", "rooms/nowhere"):
        assert "ETag" not in server.get(f"/api/v1/{path}").headers


def test_another_state_has_another_tag(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    before = server.get("/api/v1/rooms/general").headers["ETag"]
    fill(acme, 1)
    answer = server.get("/api/v1/rooms/general", **{"If-None-Match": before})
    assert (answer.status, answer.headers["ETag"] == before) == (200, False)


def test_a_change_goes_through_only_if_nothing_has_changed_since(live: LiveServer, acme: Tenancy) -> None:
    server, path = as_server(live, acme), "/api/v1/users/ann"
    server.put(path, {"name": "Ann"})
    tag = server.get(path).headers["ETag"]
    assert server.put(path, {"name": "Anna"}, **{"If-Match": tag}).status == 200
    late = server.put(path, {"name": "Anne"}, **{"If-Match": tag})
    assert (late.status, late.code) == (412, "precondition_failed")
    assert rows(acme, "SELECT name FROM chat_user WHERE id = 'ann'") == [("Anna",)]
    assert server.put(path, {"name": "Anne"}, **{"If-Match": "*"}).status == 200


def test_what_is_not_there_or_has_no_tag_matches_nothing(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    make_user(acme, "ann")
    assert server.put("/api/v1/users/bob", {}, **{"If-Match": "*"}).code == "precondition_failed"
    assert server.put("/api/v1/rooms/general/read", {"seq": 0}, **{"If-Match": "*"}).code == "precondition_failed"
    assert rows(acme, "SELECT count(*) FROM chat_user WHERE id = 'bob'") == [(0,)]


def test_a_tag_opens_nothing_that_is_closed(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("bob",))
    tag = as_user(live, acme, "bob").get("/api/v1/rooms/secret").headers["ETag"]
    for caller, status in ((Client(live, acme.host), 401), (as_user(live, acme, "ann"), 403)):
        assert caller.get("/api/v1/rooms/secret", **{"If-None-Match": tag}).status == status
        assert caller.ask("PATCH", "/api/v1/rooms/secret", json={"name": "x"}, **{"If-Match": tag}).status == status
