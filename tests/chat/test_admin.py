"""The tenant's console: messages to look at and to search, for those who look after the place."""

from __future__ import annotations

import html
import re

import pytest

from tenants.models import Account, AuditEntry, Role
from tests.chat.hosted.html import Page
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client, as_user, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, rows

MESSAGES = "/admin/messages/"
LISTS = ["", "messages/", "chat/room/", "chat/user/"]


def _write(tenant: Tenancy, text: str, room: str = "general", user: str = "ann") -> str:
    """A message; its id."""
    fill(tenant, 1, room, user)
    change(tenant, "UPDATE chat_message SET text = %s WHERE text = seq::text", text)
    [(found,)] = rows(tenant, "SELECT id FROM chat_message WHERE text = %s", text)
    return str(found)


def _as(live: LiveServer, tenant: Tenancy, role: Role) -> Client:
    return with_session(live, tenant, tenant.account("olga", role))


def _texts(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"{MESSAGES}?{query}")
    assert answer.status == 200, answer.text
    shown = re.sub("</?mark>", "", answer.text)
    return [text for text in ("lunch at noon", "the budget", "zebra crossing", "from globex") if text in shown]


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MODERATOR])
def test_who_looks_after_the_place_sees_everything(live: LiveServer, acme: Tenancy, role: Role) -> None:
    _write(acme, "lunch at noon")
    client = _as(live, acme, role)
    for page in LISTS:
        assert client.get(f"/admin/{page}").status == 200, page
    assert _texts(client) == ["lunch at noon"]


@pytest.mark.parametrize("page", LISTS)
def test_nobody_else_sees_anything(live: LiveServer, acme: Tenancy, globex: Tenancy, page: str) -> None:
    _write(acme, "lunch at noon")
    operator = Account.objects.create_superuser(f"root-{acme.slug}@example.test", PASSWORD, name="Root")
    others = {
        "a stranger": Client(live, acme.host),
        "an agent": _as(live, acme, Role.AGENT),
        "another tenant's owner": with_session(live, acme, globex.account("mallory", Role.OWNER)),
        "an operator of the platform": with_session(live, acme, operator),
        "the API key": Client(live, acme.host, {"Authorization": f"Bearer {acme.api_key}"}),
    }
    for name, client in others.items():
        answer = client.get(f"/admin/{page}")
        assert answer.status in (302, 403) or (name == "an agent" and page != "messages/"), name
        assert "lunch" not in answer.text, name
        if answer.status == 302:
            assert answer.headers["Location"].startswith(("/sign-in?next=", "/admin/login/")), name


def test_words_are_looked_up_and_places_and_people_chosen(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann", "bob"))
    _write(acme, "lunch at noon")
    _write(acme, "the budget", "plans", "bob")
    client = _as(live, acme, Role.MODERATOR)
    assert _texts(client) == ["lunch at noon", "the budget"]
    assert _texts(client, "q=LUNCH+noo") == ["lunch at noon"]
    assert _texts(client, "room=plans") == ["the budget"]
    assert _texts(client, "user=ann") == ["lunch at noon"]
    assert _texts(client, "room=plans&user=ann") == []
    assert _texts(client, "q=budget&room=plans&user=bob") == ["the budget"]
    assert _texts(client, "q=budget&user=ann") == []
    assert _texts(client, "q=lunch&last=2020-01-01") == []
    assert _texts(client, "q=lunch&first=2020-01-01") == ["lunch at noon"]
    assert "There is no room" in client.get(f"{MESSAGES}?q=lunch&room=nowhere").text


def test_messages_are_paged_by_the_time_of_their_coming(live: LiveServer, acme: Tenancy) -> None:
    client, said = _as(live, acme, Role.ADMIN), [f"number-{number}." for number in range(52)]
    people = [as_user(live, acme, f"u{number}") for number in range(4)]
    for number, text in enumerate(said):
        people[number % 4].post("/api/v1/rooms/general/messages", {"text": text})
    for where in ("", "room=general", "q=number"):
        page = client.get(f"{MESSAGES}?{where}").text
        further = re.search(r'href="(\?[^"]+)">Earlier messages', page)
        assert further is not None, where
        rest = client.get(f"{MESSAGES}{html.unescape(further[1])}").text
        shown = [re.findall(r"number-\d+\.", re.sub("</?mark>", "", each)) for each in (page, rest)]
        assert shown == [said[:1:-1], said[1::-1]], where


@pytest.mark.parametrize("query", ["%25", "_", "%27%3B--", "%5C", "%22quoted", "%F0%9F%90%99", "a" * 3_000])
def test_odd_searches_find_nothing_and_break_nothing(live: LiveServer, acme: Tenancy, query: str) -> None:
    _write(acme, "lunch at noon")
    assert _texts(_as(live, acme, Role.OWNER), f"q={query}") == []


ODD_QUERIES = ["room=%00", "q=%00", "user=%00", "first=x", "last=9999-12-31", "cursor=x", "cursor=WyJ4IiwgMV0", "x=1"]


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_odd_queries_break_nothing(live: LiveServer, acme: Tenancy, query: str) -> None:
    assert _as(live, acme, Role.OWNER).get(f"{MESSAGES}?{query}").status == 200


def test_a_message_has_a_page_with_what_stands_around_it(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    fill(acme, 30)
    change(acme, "UPDATE chat_message SET text = 'before ' || seq")
    found, elsewhere = _write(acme, "lunch at noon"), _write(globex, "from globex")
    fill(acme, 2)
    client = _as(live, acme, Role.MODERATOR)
    path = f"/admin/message/{found}"
    page = client.get(path)
    assert re.findall(r'class="console-break" dir="auto">([^<]+)<', page.text) == [
        *(f"before {seq}" for seq in range(23, 31)),
        "lunch at noon",
        *("32", "33"),
    ]
    missing = "00000000-0000-0000-0000-000000000000"
    for other in (missing, elsewhere):
        assert client.get(f"/admin/message/{other}").status == 404
        assert client.submit(f"/admin/message/{other}", path, action="delete").status == 404
    assert client.submit(path, action="delete").status == 302
    assert "lunch at noon" not in client.get(path).text
    [entry] = AuditEntry.objects.filter(chain=acme.schema_name, action="message.deleted")
    assert entry.before == {"room": "general", "author": "ann"}


def test_words_of_users_are_only_words(live: LiveServer, acme: Tenancy) -> None:
    found = _write(acme, "</td><script>alert(1)</script>")
    client = _as(live, acme, Role.OWNER)
    for path in (MESSAGES, f"{MESSAGES}?q=alert", f"/admin/message/{found}"):
        answer = client.get(path)
        assert "<script>alert" not in answer.text
        assert Page(answer.text).inline == []
