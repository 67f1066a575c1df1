"""Guest links as guests find them: a page, a name, one room, until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async

from chat.tasks import end_guest_links
from tests.chat.hosted.html import Page
from tests.chat.socket.knocking import turned_away
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Answer, Client, as_server, as_user, awith_session
from tests.support.server import LiveServer
from tests.support.sockets import Person, open_socket, person
from tests.support.tables import change, make_room, make_user, rows, stored_texts
from tests.support.uploads import hand_in, image


def make_link(live: LiveServer, tenant: Tenancy, room: str = "plans", **body: Any) -> tuple[str, str]:
    """Its path on the API, and the one that guests open."""
    path = f"/api/v1/rooms/{room}/guest-links"
    made = as_server(live, tenant).post(path, body).json
    return f"{path}/{made['id']}", urlsplit(made["url"]).path


def come_in(live: LiveServer, tenant: Tenancy, link: str, name: str = "Gus") -> Client:
    client = Client(live, tenant.host)
    answer = client.submit(link, name=name)
    assert (answer.status, answer.headers["Location"]) == (302, "/rooms/plans"), answer.text
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return client


def guest_id(tenant: Tenancy, name: str = "Gus") -> str:
    [(found,)] = rows(tenant, "SELECT id FROM chat_user WHERE name = %s AND guest_link_id IS NOT NULL", name)
    return str(found)


@asynccontextmanager
async def socket_of(client: Client) -> AsyncIterator[Person]:
    headers, origin = client.cookie_header, client.origin
    async with open_socket(client.server, client.host, additional_headers=headers, origin=origin) as connection:
        someone = Person(connection)
        someone.hello = await someone.event("hello")
        yield someone


@pytest.fixture
def plans(acme: Tenancy) -> Tenancy:
    """Acme with a private room ``plans``, in which ann is, and another, in which bob is."""
    make_room(acme, "plans", "private", members=("ann",))
    make_room(acme, "secret", "private", members=("bob",))
    return acme


async def test_a_link_lets_somebody_without_an_account_into_one_room_until_it_is_revoked(
    live: LiveServer, plans: Tenancy
) -> None:
    path, link = make_link(live, plans)
    asked = Client(live, plans.host).get(link)
    assert asked.status == 200
    for words in ("Acme", "Plans", "UTC"):
        assert words in Page(asked.text).words
    guest = come_in(live, plans, link)
    assert (guest.get("/").status, guest.get("/").headers["Location"]) == (302, "/rooms/plans")
    assert {page: guest.get(page).status for page in ("/rooms/plans", "/rooms/secret", "/rooms/general", "/embed")} == {
        "/rooms/plans": 200,
        "/rooms/secret": 403,
        "/rooms/general": 403,
        "/embed": 403,
    }
    assert guest.get("/admin/").status == 302
    async with person(live, plans, "ann") as ann, socket_of(guest) as gus:
        await ann.subscribe("plans")
        assert (gus.hello["user"], [room["id"] for room in gus.hello["rooms"]]) == (
            {"id": guest_id(plans), "name": "Gus", "guest": True},
            ["plans"],
        )
        assert (await gus.subscribe("plans"))["type"] == "ok"
        assert (await gus.send("Good morning", "plans"))["type"] == "ok"
        assert (await ann.event("message.created"))["message"]["user"]["name"] == "Gus"
        assert {(await gus.subscribe(room))["code"] for room in ("general", "secret")} == {"not_allowed"}
        assert {(await gus.send("hi", room))["code"] for room in ("general", "secret")} == {"not_allowed"}
        assert guest.post("/api/v1/rooms/plans/messages", {"text": "And by REST"}).status == 201
        assert as_server(live, plans).delete(path).status == 204
        assert await gus.closed() == 4403
        assert (await ann.event("member.left"))["user"]["name"] == "Gus"
    assert guest.get("/api/v1/rooms").code == "token_expired"
    assert guest.post("/api/v1/rooms/plans/messages", {"text": "Still here"}).code == "token_expired"
    end = await turned_away(live, plans.host, additional_headers=guest.cookie_header, origin=guest.origin)
    assert (end.error["code"], end.close_code) == ("token_expired", 4401)
    assert [guest.get(page).status for page in ("/", "/rooms/plans", link)] == [410, 410, 410]
    assert stored_texts(plans, "plans") == ["Good morning", "And by REST"]


def test_a_guest_sees_one_room_and_its_people(live: LiveServer, plans: Tenancy) -> None:
    make_user(plans, "carol")
    guest = come_in(live, plans, make_link(live, plans)[1])
    me = guest_id(plans)
    change(plans, "UPDATE chat_member SET role = 'moderator' WHERE user_id = %s", me)
    assert [room["id"] for room in guest.get("/api/v1/rooms").json["data"]] == ["plans"]
    assert guest.get("/api/v1/directory").json["data"] == []
    assert [user["id"] for user in guest.get("/api/v1/users").json["data"]] == ["ann", me]
    assert (guest.get("/api/v1/users/ann").status, guest.get("/api/v1/users/bob").code) == (200, "user_not_found")
    assert guest.get("/api/v1/search?q=hello").json["data"] == []
    refused: dict[str, Answer] = {
        "another room": guest.get("/api/v1/rooms/general"),
        "its members": guest.get("/api/v1/rooms/secret/members"),
        "joining it": guest.put(f"/api/v1/rooms/general/members/{me}", {}),
        "a new room": guest.post("/api/v1/rooms", {}),
        "a conversation": guest.post("/api/v1/rooms", {"kind": "direct", "members": ["ann"]}),
        "bringing somebody in": guest.put("/api/v1/rooms/plans/members/carol", {}),
        "a link of their own": guest.post("/api/v1/rooms/plans/guest-links", {}),
        "the links": guest.get("/api/v1/rooms/plans/guest-links"),
        "another name": guest.patch(f"/api/v1/users/{me}", {"name": "Ann"}),
    }
    assert {what: answer.code for what, answer in refused.items()} == dict.fromkeys(refused, "not_allowed")
    by_ann = as_user(live, plans, "ann")
    assert me not in by_ann.get("/api/v1/users?limit=200").text
    members = by_ann.get("/api/v1/rooms/plans/members").json["data"]
    assert {member["id"]: member["guest"] for member in members} == {"ann": False, me: True}


def test_a_guest_who_was_sent_away_stays_outside(live: LiveServer, plans: Tenancy) -> None:
    guest = come_in(live, plans, make_link(live, plans)[1])
    me = guest_id(plans)
    assert as_server(live, plans).delete(f"/api/v1/rooms/plans/members/{me}").status == 204
    assert guest.put(f"/api/v1/rooms/plans/members/{me}", {}).code == "not_allowed"
    assert guest.get("/api/v1/rooms/plans/messages").code == "not_allowed"
    page = guest.get("/rooms/plans")
    assert (page.status, "You are not in this room any more" in page.text) == (403, True)


def test_what_changes_something_needs_the_csrf_token(live: LiveServer, plans: Tenancy) -> None:
    _, link = make_link(live, plans)
    assert Client(live, plans.host).ask("POST", link, body=b"name=Gus").code == "csrf_failed"
    guest = come_in(live, plans, link)
    del guest.headers["X-CSRFToken"]
    assert guest.post("/api/v1/rooms/plans/messages", {"text": "hi"}).code == "csrf_failed"


async def test_when_it_expires_every_door_closes_and_the_job_tidies_up(live: LiveServer, plans: Tenancy) -> None:
    _, link = make_link(live, plans)
    guest = await asyncio.to_thread(come_in, live, plans, link)
    upload = hand_in(guest, image()).json["id"]
    assert guest.post("/api/v1/rooms/plans/messages", {"text": "Look", "attachments": [upload]}).status == 201
    file = urlsplit(guest.get(f"/api/v1/uploads/{upload}").json["url"]).path
    assert guest.get(file).status == 200
    change(plans, "UPDATE chat_guestlink SET expires_at = now() + interval '1 second'")
    async with socket_of(guest) as gus:
        assert (await gus.event("error"))["code"] == "token_expired"
        assert await gus.closed() == 4401
    assert guest.get("/api/v1/rooms").code == "token_expired"
    assert guest.get(file).code == "link_expired"
    end = await turned_away(live, plans.host, additional_headers=guest.cookie_header, origin=guest.origin)
    assert (end.error["code"], end.close_code) == ("token_expired", 4401)
    assert [guest.get(page).status for page in ("/rooms/plans", link)] == [410, 410]
    async with person(live, plans, "ann") as ann:
        await ann.subscribe("plans")
        await end_guest_links(timestamp=0)
        assert (await ann.event("member.left"))["user"]["id"] == guest_id(plans)
    assert rows(plans, "SELECT deactivated_at IS NOT NULL FROM chat_user WHERE guest_link_id IS NOT NULL") == [(True,)]
    assert rows(plans, "SELECT ended_at IS NOT NULL FROM chat_guestlink") == [(True,)]


def test_the_session_ends_with_the_link_and_is_bound_to_its_host(
    live: LiveServer, plans: Tenancy, globex: Tenancy
) -> None:
    _, link = make_link(live, plans, ttl=3_600)
    client = Client(live, plans.host)
    answer = client.submit(link, name="Gus")
    [cookie] = [line for line in answer.headers.get_all("Set-Cookie", []) if line.startswith("sessionid=")]
    attributes = dict(part.strip().partition("=")[::2] for part in cookie.split(";"))
    assert 3_500 < int(attributes["Max-Age"]) <= 3_600
    assert "HttpOnly" in attributes
    assert "Domain" not in attributes
    abroad = Client(live, globex.host, cookies=client.cookies)
    assert (abroad.get("/rooms/plans").status, abroad.get("/api/v1/rooms").code) == (302, "token_missing")


async def test_the_session_opens_no_socket_on_another_host(live: LiveServer, plans: Tenancy, globex: Tenancy) -> None:
    guest = await asyncio.to_thread(come_in, live, plans, make_link(live, plans)[1])
    origin = f"http://{globex.host}:{live.port}"
    end = await turned_away(live, globex.host, additional_headers=guest.cookie_header, origin=origin)
    assert (end.error["code"], end.close_code) == ("token_invalid", 4401)


def test_every_other_link_is_no_link(live: LiveServer, plans: Tenancy, globex: Tenancy) -> None:
    make_room(globex, "plans", "private")
    _, link = make_link(live, plans)
    _, other = make_link(live, plans)
    forged = f"{link.rpartition('.')[0]}.{other.rpartition('.')[2]}"
    client = Client(live, plans.host)
    for wrong in (link[:-1], forged, "/guest/x", "/guest/%00", "/guest/%F0%9F%90%99", make_link(live, globex)[1]):
        assert client.get(wrong).status == 404, wrong
        assert "not a guest link" in client.get(wrong).text
    assert client.submit(link[:-1], page=link, name="Gus").status == 404
    assert Client(live, globex.host).get(link).status == 404


def test_only_so_many_come_in(live: LiveServer, plans: Tenancy) -> None:
    path, link = make_link(live, plans, most_guests=1)
    second = Client(live, plans.host)
    second.get(link)
    come_in(live, plans, link)
    assert second.submit(link, page="/sign-in", name="Eve").status == 410
    assert "used up" in second.get(link).text
    [shown] = as_server(live, plans).get(path.rpartition("/")[0]).json["data"]
    assert (shown["guests"], shown["most_guests"]) == (1, 1)
    assert rows(plans, "SELECT count(*) FROM chat_user WHERE name = 'Eve'") == [(0,)]


@pytest.mark.parametrize("name", ["", "  ", "a" * 61, "a\x00b"])
def test_a_guest_has_a_name(live: LiveServer, plans: Tenancy, name: str) -> None:
    answer = Client(live, plans.host).submit(make_link(live, plans)[1], name=name)
    assert answer.status == 422
    assert "sessionid" not in answer.headers.get("Set-Cookie", "")


def test_a_hostile_name_is_only_a_name(live: LiveServer, plans: Tenancy) -> None:
    name = "<script>alert(1)</script>{{ x }}"
    change(plans, "UPDATE chat_room SET name = %s WHERE id = 'plans'", name)
    _, link = make_link(live, plans)
    answer = Client(live, plans.host).get(link)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    page = Page(answer.text)
    assert (page.inline, name in page.words) == ([], True)
    guest = come_in(live, plans, link, name)
    assert Page(guest.get("/rooms/plans").text).data["me"]["name"] == name


async def test_who_has_a_place_goes_straight_to_the_room(live: LiveServer, plans: Tenancy) -> None:
    _, link = make_link(live, plans)
    guest = await asyncio.to_thread(come_in, live, plans, link)
    member = await awith_session(live, plans, await plans.aaccount("olga"))
    for client in (guest, member):
        answer = client.get(link)
        assert (answer.status, answer.headers["Location"]) == (302, "/rooms/plans")
    assert await sync_to_async(rows)(plans, "SELECT count(*) FROM chat_user WHERE guest_link_id IS NOT NULL") == [(1,)]


async def test_a_guest_who_signs_in_is_a_guest_no_longer(live: LiveServer, plans: Tenancy) -> None:
    account = await plans.aaccount("olga")
    guest = await asyncio.to_thread(come_in, live, plans, make_link(live, plans)[1])
    answer = guest.submit("/sign-in", email=account.email, password=PASSWORD)
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    assert guest.get("/").status == 200
    assert [room["id"] for room in guest.get("/api/v1/rooms").json["data"]] == ["general"]
    async with socket_of(guest) as olga:
        assert olga.hello["user"]["id"] == account.id


def test_the_token_stays_out_of_logs_and_referrers(live: LiveServer, plans: Tenancy) -> None:
    _, link = make_link(live, plans)
    token = link.rpartition("/")[2]
    client = Client(live, plans.host)
    answers = [client.get(link), client.get(link[:-1]), client.submit(link, name=""), client.ask("PUT", link)]
    assert [answer.status for answer in answers] == [200, 404, 422, 403]
    assert {answer.headers["Referrer-Policy"] for answer in answers[:3]} == {"strict-origin"}
    assert {"no-store" in answer.headers["Cache-Control"] for answer in answers[:3]} == {True}
    change(plans, "ALTER TABLE chat_guestlink RENAME TO lost")
    assert client.get(link).status == 500
    assert "/guest/…" in live.log() or "/guest/\\u2026" in live.log()
    assert token not in live.log()
    assert token[:-1] not in live.log()


def test_an_address_comes_at_a_sane_pace(live: LiveServer, plans: Tenancy) -> None:
    client = Client(live, plans.host)
    answers = [client.get("/guest/x") for _ in range(90)]
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert client.get("/sign-in").status == 200
