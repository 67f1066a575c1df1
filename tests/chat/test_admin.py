"""The tenant's console: messages to look at and to search, for those who look after the place."""

from __future__ import annotations

import pytest

from tenants.models import Account, Role
from tests.chat.hosted.html import Page
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, make_user, rows

MESSAGES = "/admin/chat/message/"
LISTS = ["", "chat/message/", "chat/room/", "chat/user/", "chat/member/"]


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
    assert answer.status == 200, answer.headers["Location"]
    return [text for text in ("lunch at noon", "the budget", "zebra crossing", "from globex") if text in answer.text]


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
        assert answer.status in (302, 403), name
        assert "lunch" not in answer.text, name
        if answer.status == 302:
            assert answer.headers["Location"].startswith(("/sign-in?next=", "/admin/login/")), name


def test_search_finds_text_and_author(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "bob", "Robert Builder")
    _write(acme, "lunch at noon", user="ann")
    _write(acme, "the budget", user="bob")
    client = _as(live, acme, Role.MODERATOR)
    assert _texts(client, "q=lunch") == ["lunch at noon"]
    assert _texts(client, "q=LUNCH+noon") == ["lunch at noon"]
    assert _texts(client, "q=builder") == ["the budget"]
    assert _texts(client, "q=ann") == ["lunch at noon"]
    assert _texts(client, "q=nothing+of+this") == []


@pytest.mark.parametrize("query", ["%25", "_", "%27%3B--", "%5C", "%22quoted", "%F0%9F%90%99", "a" * 3_000])
def test_odd_searches_find_nothing_and_break_nothing(live: LiveServer, acme: Tenancy, query: str) -> None:
    _write(acme, "lunch at noon")
    assert _texts(_as(live, acme, Role.OWNER), f"q={query}") == []


def test_filters_choose_by_room_and_kind(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "plans", "private", members=("ann",))
    _write(acme, "lunch at noon")
    _write(acme, "the budget", "plans")
    client = _as(live, acme, Role.ADMIN)
    assert _texts(client, "room__id__exact=plans") == ["the budget"]
    assert _texts(client, "kind__exact=message") == ["lunch at noon", "the budget"]
    assert _texts(client, "kind__exact=member.joined") == []
    assert _texts(client, "room__id__exact=plans&q=lunch") == []


ODD_QUERIES = [
    "room__id__exact=%00",
    "q=%00",
    "kind__exact=%00",
    "a=1&kind__exact=%00",
    "o=x",
    "p=x",
    "created_at__year=x",
]


@pytest.mark.parametrize("query", ODD_QUERIES)
def test_odd_queries_break_nothing(live: LiveServer, acme: Tenancy, query: str) -> None:
    answer = _as(live, acme, Role.OWNER).get(f"{MESSAGES}?{query}")
    assert answer.status in (200, 302)


@pytest.mark.parametrize(
    "query", ["user__account_id__startswith=a", "room__members__user__id=ann", "room__direct_key__gt=a", "x=1"]
)
def test_what_is_no_filter_of_the_list_is_refused(live: LiveServer, acme: Tenancy, query: str) -> None:
    answer = _as(live, acme, Role.MODERATOR).get(f"{MESSAGES}?{query}")
    assert answer.status in (302, 400)


def test_a_message_has_a_page_of_its_own(live: LiveServer, acme: Tenancy) -> None:
    found = _write(acme, "lunch at noon")
    client = _as(live, acme, Role.MODERATOR)
    answer = client.get(f"{MESSAGES}{found}/change/")
    assert answer.status == 200
    assert "lunch at noon" in answer.text
    page = Page(answer.text)
    fields = [each for each in page.elements if each.tag in ("input", "textarea", "select")]
    assert {each.attributes.get("type") for each in fields} <= {"hidden"}
    assert client.get(f"{MESSAGES}{found}/history/").status == 200
    for missing in ("00000000-0000-0000-0000-000000000000", "nothing", "%00", "_00"):
        assert client.get(f"{MESSAGES}{missing}/change/").status in (302, 404), missing


def test_words_of_users_are_only_words(live: LiveServer, acme: Tenancy) -> None:
    found = _write(acme, "</td><script>alert(1)</script>")
    client = _as(live, acme, Role.OWNER)
    for path in (MESSAGES, f"{MESSAGES}{found}/change/"):
        answer = client.get(path)
        assert "<script>alert" not in answer.text
        assert Page(answer.text).inline == []


def test_nothing_can_be_written(live: LiveServer, acme: Tenancy) -> None:
    found = _write(acme, "lunch at noon")
    client = _as(live, acme, Role.OWNER)
    assert client.get(f"{MESSAGES}add/").status == 403
    assert client.get(f"{MESSAGES}{found}/delete/").status == 403
    for path in ("add/", f"{found}/change/", f"{found}/delete/"):
        answer = client.submit(f"{MESSAGES}{path}", page="/", text="changed", post="yes")
        assert answer.status == 403, path
    action = {"action": "delete_selected", "_selected_action": found, "post": "yes"}
    client.submit(MESSAGES, page="/", **action)
    for model in ("room/general", "user/ann"):
        assert client.submit(f"/admin/chat/{model}/change/", page="/", name="changed").status == 403
    assert rows(acme, "SELECT text FROM chat_message") == [("lunch at noon",)]
    assert rows(acme, "SELECT count(*) FROM chat_room WHERE name = 'changed'") == [(0,)]


def test_another_tenants_messages_are_never_there(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    theirs = _write(globex, "from globex")
    _write(acme, "lunch at noon")
    client = _as(live, acme, Role.OWNER)
    assert _texts(client) == ["lunch at noon"]
    assert _texts(client, "q=globex") == []
    assert client.get(f"{MESSAGES}{theirs}/change/").status in (302, 404)


def test_the_public_host_has_no_tenants_console(live: LiveServer, acme: Tenancy) -> None:
    assert Client(live, "localhost").get("/admin/").status == 404


def test_losing_the_role_closes_the_console_at_once(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("olga", Role.MODERATOR)
    client = with_session(live, acme, account)
    assert client.get(MESSAGES).status == 200
    account.memberships.update(role=Role.AGENT)
    assert client.get(MESSAGES).status in (302, 403)
