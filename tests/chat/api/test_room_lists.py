"""Finding rooms: filters, the directory, and what is new in each."""

from __future__ import annotations

from urllib.parse import quote

from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, make_user
from tests.support.tokens import signed

ROOMS = "/api/v1/rooms"


def _listed(client: Client, query: str = "", path: str = ROOMS, **headers: str) -> set[str]:
    answer = client.get(f"{path}?{query}", **headers)
    assert answer.status == 200, answer.text
    return {room["id"] for room in answer.json["data"]}


def _stage(tenant: Tenancy) -> None:
    make_room(tenant, "Garden", "open", members=("ann",))
    make_room(tenant, "garage", "open", members=("bob",))
    make_room(tenant, "secret", "private", members=("bob",))
    make_room(tenant, "ours", "private", members=("ann", "bob"))
    make_room(tenant, "between", "direct", members=("ann", "bob"))
    make_room(tenant, "old", "open", members=("ann",))
    make_room(tenant, "old-secret", "private", members=("bob",))
    change(tenant, "UPDATE chat_room SET archived_at = now() WHERE id LIKE 'old%%'")
    change(tenant, "UPDATE chat_room SET name = '' WHERE id = 'between'")
    change(tenant, "UPDATE chat_room SET active_at = '2001-02-03T04:05:06Z' WHERE id = 'garage'")


FOUND_BY_ANN = {
    "": {"general", "Garden", "garage", "ours", "between"},
    "kind=open": {"general", "Garden", "garage"},
    "kind=private": {"ours"},
    "kind=direct": {"between"},
    "member=true": {"Garden", "ours", "between"},
    "member=false": {"general", "garage"},
    "archived=true": {"old"},
    "archived=true&member=false": set(),
    "name=GAR": {"Garden", "garage"},
    "name=ard": {"Garden"},
    "name=bob": {"between"},
    "name=%25": set(),
    "name=_": set(),
    "active_since=2020-01-01T00:00:00Z": {"general", "Garden", "ours", "between"},
    "active_since=2001-02-03T05:05:06%2B01:00&name=gar": {"Garden", "garage"},
}


def test_filters_narrow_the_list(live: LiveServer, acme: Tenancy) -> None:
    _stage(acme)
    ann = as_user(live, acme, "ann")
    assert {query: _listed(ann, query) for query in FOUND_BY_ANN} == FOUND_BY_ANN


def test_the_server_finds_every_room_and_is_in_none(live: LiveServer, acme: Tenancy) -> None:
    _stage(acme)
    server = as_server(live, acme)
    assert _listed(server, "kind=private") == {"secret", "ours"}
    assert _listed(server, "archived=true") == {"old", "old-secret"}
    assert _listed(server, "member=true") == set()


def test_the_directory_shows_open_rooms_that_one_has_not_joined(live: LiveServer, acme: Tenancy) -> None:
    _stage(acme)
    ann = as_user(live, acme, "ann")
    assert _listed(ann, path="/api/v1/directory") == {"general", "garage"}
    assert _listed(ann, "name=gar", path="/api/v1/directory") == {"garage"}
    [garage] = ann.get("/api/v1/directory?name=gar").json["data"]
    assert (garage["member_count"], garage["member"]) == (1, False)
    first = ann.get("/api/v1/directory?limit=1").json
    assert [room["id"] for room in first["data"]] == ["general"]
    assert _listed(ann, f"limit=1&cursor={first['next']}", path="/api/v1/directory") == {"garage"}
    change(acme, "INSERT INTO chat_ban (room_id, user_id) VALUES ('garage', 'ann')")
    assert _listed(ann, path="/api/v1/directory") == {"general"}
    named = {"Authorization": f"Bearer {signed(acme, 'dora', rooms=['Garden'])}"}
    assert _listed(ann, path="/api/v1/directory", **named) == {"Garden"}


def test_a_filter_that_is_none_is_refused(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    for query in (
        "kind=secret",
        "member=perhaps",
        "archived=7",
        "name=",
        "name=%00",
        f"name={'n' * 121}",
        "active_since=yesterday",
        "active_since=2020-01-01T00:00:00",
        "active_since=1600000000",
    ):
        answer = ann.get(f"{ROOMS}?{query}")
        assert (query, answer.status, answer.code) == (query, 422, "invalid")
        assert [error["field"] for error in answer.json["errors"]] == [query.partition("=")[0]]


# What is new


def test_unread_and_mentions_are_counted_from_where_one_has_read(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    fill(acme, 8, "plans", user="bob")
    fill(acme, 1, "plans", user="ann")
    change(acme, "UPDATE chat_message SET mentions = '{ann,carol}' WHERE seq IN (1, 4, 6)")
    change(acme, "UPDATE chat_message SET mentions_room = true WHERE seq IN (5, 9)")
    change(acme, "UPDATE chat_message SET mentions = '{carol}' WHERE seq = 7")
    change(acme, "UPDATE chat_message SET deleted_at = now() WHERE seq = 6")
    ann = as_user(live, acme, "ann")
    ann.put(f"{ROOMS}/plans/read", {"seq": 2})
    shown = ann.get(f"{ROOMS}/plans").json
    assert (shown["unread"], shown["mentions"]) == (5, 2)
    ann.put(f"{ROOMS}/plans/read", {"seq": 9})
    shown = ann.get(f"{ROOMS}/plans").json
    assert (shown["unread"], shown["mentions"]) == (0, 0)


def test_counts_end_at_a_hundred(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann",))
    fill(acme, 150, "plans", user="bob")
    change(acme, "UPDATE chat_message SET mentions_room = true")
    [shown] = as_user(live, acme, "ann").get(f"{ROOMS}?kind=private").json["data"]
    assert (shown["unread"], shown["mentions"]) == (100, 100)
    change(acme, "UPDATE chat_message SET mentions_room = seq IN (1, 75, 150)")
    [shown] = as_user(live, acme, "ann").get(f"{ROOMS}?kind=private").json["data"]
    assert (shown["unread"], shown["mentions"]) == (100, 3), "not only among the latest"


# Muting


def test_muting_is_ones_own(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    ann, bob, server = as_user(live, acme, "ann"), as_user(live, acme, "bob"), as_server(live, acme)
    mute = f"{ROOMS}/plans/mute"
    assert [ann.put(mute).status for _ in range(2)] == [204, 204]
    assert [client.get(f"{ROOMS}/plans").json["muted"] for client in (ann, bob)] == [True, False]
    assert ann.get(ROOMS).json["data"][0]["muted"] or ann.get(ROOMS).json["data"][1]["muted"]
    assert server.put(f"{mute}?user=bob").status == 204
    assert ann.delete(mute).status == 204
    assert [client.get(f"{ROOMS}/plans").json["muted"] for client in (ann, bob)] == [False, True]
    assert bob.get(f"{ROOMS}/plans").json["last_seq"] == 0, "nobody else hears of it"


def test_who_may_not_mute(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("bob",))
    make_user(acme, "ann")
    ann, server = as_user(live, acme, "ann"), as_server(live, acme)
    for method in ("PUT", "DELETE"):
        for room in ("plans", "general"):
            assert ann.ask(method, f"{ROOMS}/{room}/mute").code == "not_allowed"
        assert ann.ask(method, f"{ROOMS}/nowhere/mute").code == "room_not_found"
        assert server.ask(method, f"{ROOMS}/plans/mute").code == "invalid"
        assert server.ask(method, f"{ROOMS}/plans/mute?user=nobody").code == "user_not_found"
        assert server.ask(method, f"{ROOMS}/plans/mute?user={quote('a b')}").code == "invalid"
        named = {"Authorization": f"Bearer {signed(acme, 'bob', rooms=['general'])}"}
        assert ann.ask(method, f"{ROOMS}/plans/mute", **named).code == "not_allowed"
