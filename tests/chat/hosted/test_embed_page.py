"""The page that shows a team how to embed: right for its host and its keys, with nothing that is secret."""

from __future__ import annotations

import asyncio
import subprocess
from urllib.parse import urlencode

import pytest

from tenants.models import Role
from tenants.origins import origins_of
from tenants.settings import appearance
from tenants.tokens import verify
from tests.chat.hosted.html import Page
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, awith_session, csrf_token, with_session
from tests.support.node import node
from tests.support.server import LiveServer

CHANGES = ("/embed/origins/add", "/embed/origins/remove", "/embed/appearance", "/embed/token")
LOOKS = {
    "accent": "#AA3355",
    "accent_dark": "",
    "theme": "dark",
    "radius": "4",
    "font": "serif",
    "position": "start",
    "label": " Ask us ",
}


def _client(live: LiveServer, tenant: Tenancy, role: Role = Role.OWNER) -> Client:
    return with_session(live, tenant, tenant.account("olga", role))


def _code(html: str, of: str) -> str:
    """What is in the page's ``<code id=…>``."""
    start = html.index(f'<code id="{of}">')
    return Page(html[start : html.index("</code>", start)]).words


def test_the_snippet_is_right_for_this_host(live: LiveServer, acme: Tenancy) -> None:
    client = _client(live, acme)
    html = client.get("/embed").text
    assert f'<script type="module" src="{client.origin}/embed.js"></script>' in _code(html, "snippet")
    assert '<parley-room room="general" token-url="/parley-token"></parley-room>' in _code(html, "snippet")
    assert f"connect-src 'self' {client.origin} ws{client.origin.removeprefix('http')};" in _code(html, "policy")
    assert Page(html).data["organisation"] == "Acme"


def test_the_examples_sign_tokens_that_are_taken(live: LiveServer, acme: Tenancy) -> None:
    html = _client(live, acme).get("/embed").text
    claims = verify(_run_python(_code(html, "python"), acme.made.signing_secret), acme.record)
    assert (claims.user_id, claims.name, claims.key_id) == ("u1", "Ann Ümläut", acme.made.signing_key.id)


def _run_python(example: str, secret: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARLEY_SECRET", secret)
        names: dict[str, object] = {}
        exec(example, names)
        return str(names["parley_token"]("u1", "Ann Ümläut"))  # type: ignore[operator]


def test_the_example_for_node_signs_them_too(live: LiveServer, acme: Tenancy) -> None:
    program = node()
    example = _code(_client(live, acme).get("/embed").text, "node")
    ran = subprocess.run(
        [program, "--input-type=module", "--eval", f'{example}\nconsole.log(parleyToken("u1", "Ann Ümläut"));'],
        env={"PARLEY_SECRET": acme.made.signing_secret},
        capture_output=True,
        text=True,
        check=True,
    )
    claims = verify(ran.stdout.strip(), acme.record)
    assert (claims.user_id, claims.name) == ("u1", "Ann Ümläut")


@pytest.mark.parametrize("role", Role)
def test_no_secret_is_on_the_page(live: LiveServer, acme: Tenancy, role: Role) -> None:
    answer = _client(live, acme, role).get("/embed")
    assert answer.status == 200
    assert acme.made.signing_key.id in answer.text
    assert acme.made.signing_secret not in answer.text
    assert acme.api_key not in answer.text
    assert "eyJ" not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]


async def test_owners_and_admins_say_which_pages_may_call(live: LiveServer, acme: Tenancy) -> None:
    client = await _aclient(live, acme, Role.ADMIN)
    await _submit(client, "add", "https://Shop.example:443")
    await _submit(client, "add", "http://localhost:3000")
    assert await origins_of(acme.record.id) == ["https://shop.example", "http://localhost:3000"]
    await _submit(client, "remove", "https://shop.example")
    assert await origins_of(acme.record.id) == ["http://localhost:3000"]
    assert "<code>http://localhost:3000</code>" in client.get("/embed").text


async def test_origins_that_are_added_at_once_are_all_kept(live: LiveServer, acme: Tenancy) -> None:
    client = await _aclient(live, acme, Role.ADMIN)
    wanted = [f"https://shop-{number}.example" for number in range(8)]
    page = await asyncio.to_thread(client.get, "/embed")
    fields = {"csrfmiddlewaretoken": csrf_token(page.text)}
    await asyncio.gather(*(asyncio.to_thread(_add, client, {**fields, "origin": origin}) for origin in wanted))
    assert sorted(await origins_of(acme.record.id)) == wanted


def _add(client: Client, fields: dict[str, str]) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": client.origin}
    assert client.ask("POST", "/embed/origins/add", body=urlencode(fields).encode(), **headers).status == 302


async def _aclient(live: LiveServer, tenant: Tenancy, role: Role) -> Client:
    return await awith_session(live, tenant, await tenant.aaccount("olga", role))


async def _submit(client: Client, act: str, origin: str) -> None:
    answer = client.submit(f"/embed/origins/{act}", page="/embed", origin=origin)
    assert (answer.status, answer.headers["Location"]) == (302, "/embed#origins")


@pytest.mark.parametrize(
    "origin", ["", "shop.example", "https://shop.example/path", "*", "\x00", "https://a.b;c'\"<x>"]
)
def test_what_is_no_origin_is_said_to_be_none(live: LiveServer, acme: Tenancy, origin: str) -> None:
    answer = _client(live, acme).submit("/embed/origins/add", page="/embed", origin=origin)
    assert answer.status == 422
    assert 'role="alert"' in answer.text
    assert "An origin is a scheme, a host and a port" in answer.text
    assert Page(answer.text).inline == []


async def test_owners_and_admins_say_how_it_looks(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    server.put("/api/v1/settings/appearance", {"welcome": "Hello!", "accent_dark": "#112233"})
    client = await _aclient(live, acme, Role.ADMIN)
    answer = client.submit("/embed/appearance", page="/embed", **LOOKS)
    assert (answer.status, answer.headers["Location"]) == (302, "/embed#appearance")
    kept = await appearance(acme.record.id)
    assert (kept.accent, kept.accent_dark, kept.theme, kept.radius, kept.font) == ("#AA3355", None, "dark", 4, "serif")
    assert (kept.launcher.position, kept.launcher.label, kept.welcome) == ("start", "Ask us", "Hello!")
    assert 'value="#AA3355"' in client.get("/embed").text
    for wrong in ({"accent": "red"}, {"radius": "25"}, {"radius": ""}, {"theme": "blue"}, {"label": "x" * 41}):
        refused = client.submit("/embed/appearance", page="/embed", **{**LOOKS, **wrong})
        assert (refused.status, 'role="alert"' in refused.text) == (422, True), wrong
    assert await appearance(acme.record.id) == kept


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.AGENT])
def test_others_change_nothing(live: LiveServer, acme: Tenancy, role: Role) -> None:
    client = _client(live, acme, role)
    page = Page(client.get("/embed").text)
    assert not page.all("form")
    token = page.data["csrf"]
    for path in CHANGES:
        answer = client.submit(path, page="/embed", origin="https://shop.example")
        assert (token, answer.status, answer.code) == (token, 403, "not_allowed"), path


def test_a_form_of_another_page_changes_nothing(live: LiveServer, acme: Tenancy) -> None:
    client = _client(live, acme)
    for path in CHANGES:
        assert client.get(path).status == 405
        body = b"origin=https%3A%2F%2Fevil.example"
        answer = client.ask("POST", path, body=body, **{"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.code == "csrf_failed", path


def test_an_owner_makes_a_token_for_an_hour_and_sees_it_once(live: LiveServer, acme: Tenancy) -> None:
    account = acme.account("olga", Role.OWNER)
    client = with_session(live, acme, account)
    answer = client.submit("/embed/token", page="/embed")
    assert (answer.status, "no-store" in answer.headers["Cache-Control"]) == (200, True)
    token = _code(answer.text, "token")
    claims = verify(token, acme.record)
    assert claims.user_id == account.id
    assert 3_500 < claims.expires_at - claims.issued_at <= 3_600
    assert token not in client.get("/embed").text
    assert Client(live, acme.host, {"Authorization": f"Bearer {token}"}).get("/api/v1/rooms").status == 200
    admin = _client(live, acme, Role.ADMIN)
    assert "Make a token" not in admin.get("/embed").text
    assert admin.submit("/embed/token", page="/embed").code == "not_allowed"


def test_where_the_page_points_in_the_reference_there_is_something(live: LiveServer, acme: Tenancy) -> None:
    client = _client(live, acme)
    anchors = [str(link.attributes["href"]) for link in Page(client.get("/embed").text).all("a")]
    wanted = {anchor.partition("#")[2] for anchor in anchors if anchor.startswith("/api/docs#")}
    there = {element.attributes.get("id") for element in Page(client.get("/api/docs").text).elements}
    assert len(wanted) == 2
    assert wanted <= there
