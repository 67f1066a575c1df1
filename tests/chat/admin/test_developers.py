"""What a customer's developers set in the console: keys, origins, webhooks, bots."""

from __future__ import annotations

import re

import pytest

from tenants.models import AuditEntry, Role
from tests.support.cast import Tenancy
from tests.support.http import Answer, Client, as_server, with_session
from tests.support.server import LiveServer


@pytest.fixture
def owner(live: LiveServer, acme: Tenancy) -> Client:
    return with_session(live, acme, acme.account("olga", Role.OWNER))


def secret_in(answer: Answer) -> str:
    """The one that is shown, in an answer that nobody keeps."""
    assert "no-store" in answer.headers["Cache-Control"]
    found = re.search(r"data-secret>([^<]+)<", answer.text)
    assert found, answer.text
    return found[1]


def actions(tenant: Tenancy) -> list[str]:
    entries = AuditEntry.objects.filter(chain=tenant.schema_name).order_by("number")
    return list(entries.values_list("action", flat=True))


def test_a_key_is_made_for_what_it_needs_rotated_and_revoked(live: LiveServer, acme: Tenancy, owner: Client) -> None:
    made = owner.submit("/admin/keys", action="create", name="CI", expires="30", **{"rooms:read": "on"})
    secret = secret_in(made)
    server = Client(live, acme.host, {"Authorization": f"Bearer {secret}"})
    assert server.get("/api/v1/rooms").status == 200
    assert server.get("/api/v1/users").code == "scope_missing"
    again = secret_in(owner.submit("/admin/keys", action="rotate", prefix=secret[:15], overlap="0"))
    assert server.get("/api/v1/rooms").code == "token_expired"
    assert owner.submit("/admin/keys", action="revoke", prefix=again[:15]).status == 302
    assert Client(live, acme.host, {"Authorization": f"Bearer {again}"}).get("/api/v1/rooms").code == "token_invalid"
    page = owner.get("/admin/keys").text
    assert secret not in page
    assert again not in page
    assert actions(acme) == ["api_key.created", "api_key.rotated", "api_key.revoked"]


def test_a_key_for_nothing_is_none(owner: Client) -> None:
    refused = owner.submit("/admin/keys", action="create", name="CI", expires="")
    assert refused.status == 422
    assert "A key may do at least one thing." in refused.text


def test_another_tenants_key_is_no_key_here(acme: Tenancy, globex: Tenancy, owner: Client) -> None:
    owner.submit("/admin/keys", action="revoke", prefix=globex.api_key[:15])
    assert "There is no API key" in owner.get("/admin/keys").text
    assert actions(globex) == []


def test_a_signing_key_is_made_beside_the_first_which_then_goes(live: LiveServer, acme: Tenancy, owner: Client) -> None:
    [old] = acme.record.signing_keys
    assert len(secret_in(owner.submit("/admin/signing-keys", action="create"))) == 43
    assert "no more can be" in owner.get("/admin/signing-keys").text
    assert owner.submit("/admin/signing-keys", action="revoke", key=old).status == 302
    assert f'value="{old}"' not in owner.get("/admin/signing-keys").text
    assert actions(acme) == ["signing_key.created", "signing_key.revoked"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"algorithm": "ES256"}, "Give a public key or the URL of a key set."),
        ({"algorithm": "ES256", "public_key": "not a key"}, "The key is"),
        ({"algorithm": "ES256", "key_set_url": "http://169.254.169.254/"}, "This URL is no key set"),
    ],
)
def test_what_is_no_key_is_told_beside_the_form(owner: Client, fields: dict[str, str], words: str) -> None:
    refused = owner.submit("/admin/signing-keys", action="register", **fields)
    assert refused.status == 422
    assert words in refused.text


def test_origins_are_added_and_removed(acme: Tenancy, owner: Client) -> None:
    refused = owner.submit("/admin/origins", action="add", origin="https://app.example.com/path")
    assert refused.status == 422
    assert "An origin is a scheme, a host and a port" in refused.text
    assert 'value="https://app.example.com/path"' in refused.text
    owner.submit("/admin/origins", action="add", origin="https://App.example.com")
    assert "https://app.example.com</code>" in owner.get("/admin/origins").text
    owner.submit("/admin/origins", action="remove", origin="https://app.example.com")
    assert "None yet:" in owner.get("/admin/origins").text
    assert actions(acme) == ["origins.changed", "origins.changed"]


def test_a_webhook_is_made_changed_turned_off_and_deleted(live: LiveServer, acme: Tenancy, owner: Client) -> None:
    fields = {"url": "https://example.com/hook", "description": "CRM", "message.created": "on"}
    assert secret_in(owner.submit("/admin/webhooks", action="create", **fields)).startswith("whsec_")
    server = as_server(live, acme)
    [endpoint] = server.get("/api/v1/webhooks").json["data"]
    assert (endpoint["url"], endpoint["events"]) == ("https://example.com/hook", ["message.created"])
    page = f"/admin/webhooks/{endpoint['id']}"
    assert "Nothing was sent yet." in owner.get(page).text
    owner.submit(page, action="save", url="https://example.com/other", description="")
    owner.submit(page, action="disable")
    [endpoint] = server.get("/api/v1/webhooks").json["data"]
    assert (endpoint["url"], endpoint["events"], endpoint["enabled"]) == ("https://example.com/other", [], False)
    secret_in(owner.submit(page, action="rotate"))
    assert owner.submit(page, action="delete").headers["Location"] == "/admin/webhooks"
    assert server.get("/api/v1/webhooks").json["data"] == []
    assert actions(acme) == [f"webhook.{what}" for what in ("created", "changed", "changed", "rotated", "deleted")]


def test_a_url_that_is_never_called_is_refused_beside_its_field(owner: Client) -> None:
    refused = owner.submit("/admin/webhooks", action="create", url="http://10.0.0.1/", description="")
    assert refused.status == 422
    assert owner.get("/admin/webhooks/we_nobody").status == 404


def test_the_hook_is_set_and_removed(live: LiveServer, acme: Tenancy, owner: Client) -> None:
    fields = {"url": "https://example.com/ask", "timeout_ms": "300", "fail_open": "no"}
    secret_in(owner.submit("/admin/webhooks", action="set_hook", **fields))
    kept = as_server(live, acme).get("/api/v1/settings/before-send").json
    assert kept == {"url": "https://example.com/ask", "timeout_ms": 300, "fail_open": False}
    owner.submit("/admin/webhooks", action="remove_hook")
    assert "Nobody is asked." in owner.get("/admin/webhooks").text


def test_a_bot_posts_until_it_is_revoked(live: LiveServer, acme: Tenancy, owner: Client) -> None:
    url = secret_in(owner.submit("/admin/bots", action="create", name="Build", room="general"))
    path = "/" + url.split("/", 3)[3]
    assert Client(live, acme.host).post(path, {"text": "green"}).status == 201
    bot = re.search(r'name="bot" value="([^"]+)"', owner.get("/admin/bots").text)
    assert bot
    owner.submit("/admin/bots", action="revoke", bot=bot[1])
    assert Client(live, acme.host).post(path, {"text": "red"}).status == 404
    assert owner.submit("/admin/bots", action="create", name="Build", room="nowhere").status == 422
    assert actions(acme) == ["incoming_webhook.created", "incoming_webhook.revoked"]
