"""The hosted pages: for whom, and what is on them."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from chat.assets.bundle import asset
from tenants.models import Role
from tests.chat.hosted.html import Page
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client, as_server, signed_in, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, rows


@pytest.mark.parametrize(
    "path",
    ["/", "/search", "/people", "/embed", "/rooms/general", "/rooms/nowhere", "/rooms/general/messages/m_1?a=1&b=2"],
)
def test_a_stranger_is_sent_to_sign_in_and_back(live: LiveServer, acme: Tenancy, path: str) -> None:
    answer = Client(live, acme.host).get(path)
    assert (answer.status, answer.headers["Location"]) == (302, f"/sign-in?next={quote(path, safe='')}")


def test_who_signs_in_comes_to_the_page_that_they_wanted(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    client = Client(live, acme.host)
    client.get("/sign-in?next=%2Frooms%2Fgeneral")
    answer = client.submit(
        "/sign-in", "/sign-in?next=/rooms/general", email=account.email, password=PASSWORD, next="/rooms/general"
    )
    assert (answer.status, answer.headers["Location"]) == (302, "/rooms/general")
    assert client.get("/rooms/general").status == 200


def test_an_account_without_a_place_here_is_shown_the_door(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    client = with_session(live, acme, globex.account("mallory"))
    for path in ("/", "/rooms/general"):
        answer = client.get(path)
        assert answer.status == 403
        assert "You are not a member" in answer.text
        assert "general" not in answer.text.replace("/rooms/general", "")
    assert rows(acme, "SELECT id FROM chat_user") == []


def test_a_session_of_another_tenant_is_a_stranger(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    account = globex.account("mallory")
    client = Client(live, acme.host, cookies=with_session(live, globex, account).cookies)
    assert client.get("/").status == 302
    assert Client(live, globex.host, cookies=with_session(live, globex, account).cookies).get("/").status == 200


def test_the_list_shows_open_rooms_and_ones_own(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    make_room(acme, "ours", "private", members=(account.id, "bob"))
    make_room(acme, "secret", "private", members=("bob",))
    fill(acme, 3, "ours", user="bob")
    page = Page(with_session(live, acme, account).get("/").text)
    shown = {room["id"]: room for room in page.data["rooms"]}
    assert shown.keys() == {"general", "ours"}
    assert (shown["ours"]["unread"], shown["ours"]["last_message"]["text"]) == (3, "3")
    assert "secret" not in page.html.lower()


def test_a_room_page_hands_its_script_what_it_needs(live: LiveServer, acme: Tenancy) -> None:
    fill(acme, 60)
    change(acme, "UPDATE chat_room SET name = 'The <Hall>' WHERE id = 'general'")
    account = acme.account("ann", Role.OWNER)
    client = with_session(live, acme, account)
    page = Page(client.get("/rooms/general").text)
    data = page.data
    assert data["me"] == {"id": account.id, "name": "Ann"}
    assert (data["role"], data["organisation"]) == ("owner", {"name": "Acme", "slug": acme.slug})
    assert data["appearance"]["theme"] == "auto"
    assert data["csrf"]
    assert data["links"] == {"admin": "/admin/", "embed": "/embed", "signOut": "/sign-out"}
    shown = client.get("/api/v1/rooms/general/messages?limit=50").json["data"]
    assert data["room"].pop("messages") == shown
    assert data["room"] == data["rooms"][0] == client.get("/api/v1/rooms/general").json
    assert "<title>The &lt;Hall&gt; · Acme</title>" in page.html


def test_each_address_of_the_application_is_the_same_page(live: LiveServer, acme: Tenancy) -> None:
    client = with_session(live, acme, acme.account("ann"))
    for path in ("/", "/search?q=x", "/people"):
        page = Page(client.get(path).text)
        assert (page.data["room"], page.data["links"]["admin"]) == (None, None)
        assert "<title>Acme</title>" in page.html
    for path in ("/rooms/general", "/rooms/general/messages/m_1", "/rooms/general/threads/m_1"):
        assert Page(client.get(path).text).data["room"]["id"] == "general"
    assert client.get("/rooms/nowhere/messages/m_1").status == 404


def test_no_cache_keeps_what_is_somebody_s_own(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    ann = with_session(live, acme, acme.account("ann"))
    mallory = with_session(live, acme, globex.account("mallory"))
    answers = [ann.get("/"), ann.get("/rooms/nowhere"), mallory.get("/"), Client(live, acme.host).get("/")]
    assert [answer.status for answer in answers] == [200, 404, 403, 302]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-cache"}
    assert ann.submit("/", page="/embed").status == 405


def test_a_page_can_be_read_before_its_script_is_there(live: LiveServer, acme: Tenancy) -> None:
    client = with_session(live, acme, acme.account("ann"))
    server = as_server(live, acme)
    server.put("/api/v1/users/bob", {"name": "Bob"})
    server.put("/api/v1/rooms/general/members/bob", {})
    server.post("/api/v1/rooms/general/messages", {"text": "<b>said</b> & done", "user": "bob"})
    page = Page(client.get("/rooms/general").text)
    assert '<span dir="auto">&lt;b&gt;said&lt;/b&gt; &amp; done</span>' in page.html
    assert [script.attributes.get("src") for script in page.all("script")] == [asset("hosted/app.js"), None]


def test_people_s_pictures_are_shown_from_anywhere_and_nothing_else(live: LiveServer, acme: Tenancy) -> None:
    policy = with_session(live, acme, acme.account("ann")).get("/").headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob: https:" in policy
    assert "media-src 'self' blob:" in policy
    assert policy.count("https:") == 1


@pytest.mark.parametrize("kind", ["private", "direct"])
def test_a_closed_room_is_403_for_outsiders(live: LiveServer, acme: Tenancy, kind: str) -> None:
    make_room(acme, "secret", kind, members=("bob", "carol"))
    change(acme, "UPDATE chat_room SET name = 'Merger', topic = 'Hush' WHERE id = 'secret'")
    answer = with_session(live, acme, acme.account("ann", Role.OWNER)).get("/rooms/secret")
    assert answer.status == 403
    assert "This room is private" in answer.text
    assert "Merger" not in answer.text
    assert "Hush" not in answer.text


@pytest.mark.parametrize("room", ["nowhere", "%00", "a%00b", "%F0%9F%90%99", "r" * 200, "%3Cscript%3E", "%ED%A0%80"])
def test_a_room_that_is_not_there_is_404(live: LiveServer, acme: Tenancy, room: str) -> None:
    answer = with_session(live, acme, acme.account("ann")).get(f"/rooms/{room}")
    assert answer.status == 404
    assert "There is no such room" in answer.text
    assert "<script>" not in answer.text


def test_signing_out_ends_the_session_and_needs_a_form(live: LiveServer, acme: Tenancy) -> None:
    client = signed_in(live, acme, acme.account("ann").email)
    before = dict(client.cookies)
    assert client.get("/sign-out").status == 405
    assert client.ask("POST", "/sign-out").code == "csrf_failed"
    assert client.get("/").status == 200
    answer = client.submit("/sign-out", page="/")
    assert (answer.status, answer.headers["Location"]) == (302, "/sign-in")
    assert client.get("/").status == 302
    assert Client(live, acme.host, cookies=before).get("/").status == 302


@pytest.mark.parametrize(
    "after",
    ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", "http:///evil.example"],
)
def test_signing_in_never_leads_away(live: LiveServer, acme: Tenancy, after: str) -> None:
    account = acme.account("ann")
    answer = Client(live, acme.host).submit("/sign-in", email=account.email, password=PASSWORD, next=after)
    assert (answer.status, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("field", ["email", "password", "next"])
def test_nul_in_the_form_signs_nobody_in(live: LiveServer, acme: Tenancy, field: str) -> None:
    account = acme.account("ann")
    fields = {"email": account.email, "password": "wrong", "next": "/", field: "a\x00@b.test"}
    answer = Client(live, acme.host).submit("/sign-in", **fields)
    assert answer.status == 401
    assert "sessionid" not in answer.headers.get("Set-Cookie", "")
