"""No word of a user's becomes markup, and nothing on a page runs that is not a file of ours."""

from __future__ import annotations

import pytest

from tenants.models import Account, Role, Tenant
from tests.chat.hosted.html import Page
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Answer, Client, with_session
from tests.support.server import LiveServer
from tests.support.tables import change, fill, make_room, make_user

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "closing script": "</script><script>alert(1)</script>",
    "comment and script": "<!--<script>alert(1)</script>-->",
    "image": "<img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x="',
    "single-quoted attribute": "' onfocus='alert(1)' autofocus='",
    "closing title": "</title><svg onload=alert(1)>",
    "closing textarea": "</textarea><iframe src=javascript:alert(1)>",
    "template": "{{ request.user.password }}{% debug %}",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt;&#60;",
    "separators": "a\u2028b\u2029c",
    "backslashes": "\\u003cscript\\u003e\\",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_are_only_words(live: LiveServer, acme: Tenancy, words: str) -> None:
    account = acme.account("ann")
    Account.objects.filter(pk=account.pk).update(name=words)
    Tenant.objects.filter(pk=acme.record.id).update(name=words)
    make_user(acme, "bob", words)
    make_room(acme, "plans", "private", members=(account.id, "bob"))
    fill(acme, 1, "plans", user="bob")
    change(acme, "UPDATE chat_room SET name = %s, topic = %s", words, words)
    change(acme, "UPDATE chat_message SET text = %s", words)
    client = with_session(live, acme, account)
    for path in ("/", "/rooms/plans", "/rooms/general", "/rooms/nowhere"):
        page = Page(client.get(path).text)
        assert page.inline == []
        assert not {element.tag for element in page.elements} & {"img", "iframe", "object", "embed"}
        assert not any(name.startswith("on") for element in page.elements for name in element.attributes)
    page = Page(client.get("/rooms/plans").text)
    assert page.data["room"]["name"] == page.data["room"]["topic"] == page.data["organisation"]["name"] == words
    assert page.data["me"]["name"] == words
    [shown] = [room for room in page.data["rooms"] if room["id"] == "plans"]
    assert (shown["last_message"]["text"], shown["last_message"]["user_name"]) == (words, words)
    assert words in page.words


def _pages(live: LiveServer, acme: Tenancy, globex: Tenancy) -> dict[str, Answer]:
    make_room(acme, "secret", "private", members=("bob",))
    fill(acme, 3)
    owner = with_session(live, acme, acme.account("olga", Role.OWNER))
    outsider = with_session(live, acme, globex.account("mallory"))
    stranger = Client(live, acme.host)
    return {
        "rooms": owner.get("/"),
        "embed": owner.get("/embed"),
        "room": owner.get("/rooms/general"),
        "private room": owner.get("/rooms/secret"),
        "missing room": owner.get("/rooms/nowhere"),
        "no member": outsider.get("/"),
        "sign in": stranger.get("/sign-in"),
        "sign in, refused": stranger.submit("/sign-in", email="x@y.test", password="wrong"),
        "invitation used": stranger.get("/invitation/acc_x/token"),
        "missing page": stranger.get("/nothing"),
        "console": owner.get("/admin/"),
        "console, messages": owner.get("/admin/messages/"),
        "console, search": owner.get("/admin/messages/?q=1"),
        "console, rooms": owner.get("/admin/chat/room/"),
        "console, refused": owner.get("/admin/nothing/"),
        "redirect": stranger.get("/"),
        "problem": stranger.get("/api/v1/rooms"),
        "asset": stranger.get("/assets/now/hosted/tokens.css"),
    }


_CONSOLE_POLICY = {"script-src": "'self' 'unsafe-eval'", "style-src-attr": "'unsafe-inline'"}
"""Of the consoles alone, which show what people said as text: Unfold's pages run Alpine, which compiles what stands in
attributes, and write widths into style attributes."""


def test_every_page_is_under_a_strict_policy(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    for name, answer in _pages(live, acme, globex).items():
        policy = answer.headers["Content-Security-Policy"]
        assert policy, name
        directives = dict(each.strip().split(" ", 1) for each in policy.split(";") if each.strip())
        assert directives["default-src"] == "'none'", name
        relaxed = _CONSOLE_POLICY if name.startswith("console") and answer.status == 200 else {"script-src": "'self'"}
        assert {directive: directives[directive] for directive in relaxed} == relaxed, name
        assert directives["style-src"] == Page(answer.text).style_sources, name
        assert directives["frame-ancestors"] == directives["base-uri"] == "'none'", name
        assert not any("unsafe" in value for key, value in directives.items() if key not in relaxed), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name
        assert answer.headers["Referrer-Policy"] == "same-origin", name


def test_no_page_carries_script_style_or_handlers_of_its_own(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    pages = {
        name: answer for name, answer in _pages(live, acme, globex).items() if "html" in answer.headers["Content-Type"]
    }
    assert len(pages) >= 14
    for name, answer in pages.items():
        page = Page(answer.text)
        assert page.inline == [], name
        for element in (*page.all("script"), *page.all("link")):
            source = element.attributes.get("src") or element.attributes.get("href") or "/"
            ours = source.startswith(("/assets/", "/static/", "/admin/jsi18n/"))
            assert ours or element.attributes.get("type") == "application/json", name


def test_every_file_that_a_page_names_is_there(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    named = {
        element.attributes.get("src") or element.attributes.get("href")
        for answer in _pages(live, acme, globex).values()
        if "html" in answer.headers["Content-Type"]
        for element in Page(answer.text).elements
        if element.tag in ("script", "link")
    } - {None}
    assert len(named) >= 10
    owner = with_session(live, acme, acme.account("otto", Role.OWNER))
    for path in named:
        assert path is not None
        assert owner.get(path).status == 200, path


def test_pages_of_people_are_not_kept_by_caches(live: LiveServer, acme: Tenancy) -> None:
    client = with_session(live, acme, acme.account("ann"))
    for path in ("/", "/rooms/general"):
        assert "Cookie" in client.get(path).headers["Vary"]


def test_the_cookies_are_for_this_host_and_hidden_from_scripts(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("ann")
    client = Client(live, acme.host)
    lines = client.get("/sign-in").headers.get_all("Set-Cookie", [])
    lines += client.submit("/sign-in", email=account.email, password=PASSWORD).headers.get_all("Set-Cookie", [])
    assert {line.partition("=")[0] for line in lines} == {"csrftoken", "sessionid"}
    for line in lines:
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert "Domain=" not in line
