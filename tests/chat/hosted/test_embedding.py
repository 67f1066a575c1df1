"""What pages of other origins load: ``/embed.js``, and rooms in a frame."""

from __future__ import annotations

import json

import pytest

from chat.assets.bundle import asset
from tenants.models import Tenant
from tests.chat.hosted.html import Page
from tests.support.cast import PASSWORD, Tenancy
from tests.support.http import Client, as_server, with_session
from tests.support.server import LiveServer


def test_embed_js_is_the_widget_of_its_host_told_whose_it_is(live: LiveServer, acme: Tenancy) -> None:
    answer = Client(live, acme.host).get("/embed.js", Origin="https://shop.example")
    script = answer.text
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert f'export * from "{asset("widget/embed.js")}";' in script
    begin, _, given = script.partition("configure({ origin: new URL(import.meta.url).origin, ...")
    told = json.loads(given.removesuffix(" });\n"))
    assert (told["organisation"], told["appearance"]["theme"]) == ("Acme", "auto")
    assert "Acme" not in begin


def test_embed_js_is_sent_again_only_when_it_has_changed(live: LiveServer, acme: Tenancy) -> None:
    client = Client(live, acme.host)
    tag = client.get("/embed.js").headers["ETag"]
    again = client.get("/embed.js", **{"If-None-Match": tag})
    assert (again.status, again.headers["Access-Control-Allow-Origin"]) == (304, "*")
    Tenant.objects.filter(pk=acme.record.id).update(name="</script>'\u2028\"")
    changed = _once_another(client, tag)
    assert r"</script>'\u2028\"" in changed


def _once_another(client: Client, tag: str) -> str:
    """A server hears of its tenants' changes a moment later."""
    while (answer := client.get("/embed.js", **{"If-None-Match": tag})).status == 304:
        pass
    return answer.text


@pytest.mark.parametrize("path", ["/embed/rooms/general", "/embed/inbox"])
def test_a_frame_is_for_the_pages_that_the_tenant_lists(live: LiveServer, acme: Tenancy, path: str) -> None:
    client = Client(live, acme.host)
    assert "frame-ancestors 'self';" in client.get(path).headers["Content-Security-Policy"] + ";"
    origins = ["https://shop.example", "http://localhost:3000"]
    as_server(live, acme).put("/api/v1/settings/origins", {"origins": origins})
    answer = client.get(path)
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' http://localhost:3000 https://shop.example;" in policy + ";"
    assert "script-src 'self';" in policy + ";"
    assert "X-Frame-Options" not in answer.headers
    page = Page(answer.text)
    assert f"style-src {page.style_sources};" in policy + ";"
    assert page.inline == []
    assert page.data["origins"] == sorted(origins)
    assert page.data["room"] == ("general" if "rooms" in path else None)
    assert page.data["organisation"] == {"name": "Acme", "slug": acme.slug}


def test_a_frame_knows_nobody(live: LiveServer, acme: Tenancy) -> None:
    """No cookie is set or heeded: browsers keep them from frames, and the page around says who somebody is."""
    stranger, member = Client(live, acme.host), with_session(live, acme, acme.account("ann"))
    for path in ("/embed/inbox", "/embed/rooms/general", "/embed/rooms/nowhere", "/embed/rooms/%3Cscript%3E%00"):
        answer = stranger.get(path)
        assert (answer.status, answer.body) == (200, member.get(path).body)
        assert "Set-Cookie" not in answer.headers
        assert "csrf" not in answer.text
        assert "<script>" not in answer.text
        assert PASSWORD not in answer.text


def test_no_other_page_can_be_framed(live: LiveServer, acme: Tenancy) -> None:
    as_server(live, acme).put("/api/v1/settings/origins", {"origins": ["https://shop.example"]})
    client = with_session(live, acme, acme.account("ann"))
    for path in ("/", "/rooms/general", "/embed", "/sign-in", "/admin/"):
        answer = client.get(path)
        assert answer.headers["X-Frame-Options"] == "DENY", path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
