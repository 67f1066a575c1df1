"""Keys over the API: made, listed, rotated, revoked; no key does more than its scopes, nor makes one that does."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import jwt
import pytest
from ninja.operation import Operation

from chat.api.api import api
from chat.api.scopes import scope_of
from tenants.keys import create_api_key
from tenants.models import ApiKey, SigningKey
from tenants.scopes import Scope
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, with_session
from tests.support.key_pairs import PRIVATE, jwk, pem
from tests.support.receiver import receiver
from tests.support.server import LiveServer
from tests.support.sockets import open_socket
from tests.support.tables import make_user

KEYS = "/api/v1/keys"
SIGNING_KEYS = "/api/v1/signing-keys"


def bearing(live: LiveServer, tenant: Tenancy, credential: str) -> Client:
    return Client(live, tenant.host, {"Authorization": f"Bearer {credential}"})


def with_scopes(live: LiveServer, tenant: Tenancy, *scopes: str) -> Client:
    return bearing(live, tenant, create_api_key(tenant.record, scopes=scopes).secret)


# Scopes


def operations() -> list[Operation]:
    return [
        operation
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
        if operation.auth_callbacks
    ]


def test_every_route_has_a_scope() -> None:
    """A new route needs a tag that ``chat.api.scopes`` knows, or a line of its own there: without, no key opens it."""
    assert len(operations()) > 20
    assert [f"{operation.methods} {operation.path}" for operation in operations() if scope_of(operation) is None] == []


def test_every_scope_opens_some_route() -> None:
    assert {scope_of(operation) for operation in operations()} == set(Scope) - {Scope.EVERYTHING}


def test_a_key_does_what_its_scopes_say_and_nothing_else(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    room = {"id": "made"}
    calls: dict[str, tuple[str, str, object]] = {
        "rooms:read": ("GET", "/api/v1/rooms", None),
        "rooms:write": ("POST", "/api/v1/rooms", room),
        "messages:read": ("GET", "/api/v1/rooms/general/messages", None),
        "messages:write": ("POST", "/api/v1/rooms/general/messages", {"text": "hi", "user": "ann"}),
        "users:read": ("GET", "/api/v1/users", None),
        "users:write": ("PUT", "/api/v1/users/bob", {}),
        "tokens:mint": ("POST", "/api/v1/users/ann/tokens", {}),
        "keys:manage": ("GET", KEYS, None),
        "settings:manage": ("GET", "/api/v1/settings/content", None),
    }
    for scope in calls:
        client = with_scopes(live, acme, scope)
        answers = {name: client.ask(method, path, json=body) for name, (method, path, body) in calls.items()}
        assert {name for name, answer in answers.items() if answer.status < 300} == {scope}
        assert {answer.code for name, answer in answers.items() if name != scope} == {"scope_missing"}
        assert {answer.status for name, answer in answers.items() if name != scope} == {403}


def test_several_scopes_add_up_and_none_are_nothing(live: LiveServer, acme: Tenancy) -> None:
    both = with_scopes(live, acme, "rooms:read", "users:read")
    assert both.get("/api/v1/rooms").status == both.get("/api/v1/users").status == 200
    assert both.put("/api/v1/users/bob", {}).code == "scope_missing"
    assert with_scopes(live, acme).get("/api/v1/rooms").code == "scope_missing"
    assert with_scopes(live, acme, "rooms", "rooms:*", "ROOMS:READ").get("/api/v1/rooms").code == "scope_missing"


def test_a_key_without_the_scope_learns_nothing_by_if_match(live: LiveServer, acme: Tenancy) -> None:
    answer = with_scopes(live, acme, "users:read").ask("PATCH", "/api/v1/rooms/general", json={}, **{"If-Match": "*"})
    assert answer.code == "scope_missing"


# API keys


def test_a_key_is_made_shown_once_and_used(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    answer = server.post(KEYS, {"name": "worker", "scopes": ["rooms:read"], "ttl": 60})
    assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-store")
    made = answer.json
    assert made["secret"].startswith(made["prefix"])
    assert bearing(live, acme, made["secret"]).get("/api/v1/rooms").status == 200
    listed = server.get(KEYS).json["data"]
    assert [(key["name"], key["scopes"]) for key in listed] == [("worker", ["rooms:read"]), ("default", ["*"])]
    assert listed[0]["expires_at"] == made["expires_at"] is not None
    assert all("secret" not in key for key in listed)
    assert made["secret"] not in live.log()


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["rooms:delete"]},
        {"name": "x", "scopes": "*"},
        {"name": "", "scopes": ["*"]},
        {"name": "a\x00", "scopes": ["*"]},
        {"name": "x", "scopes": ["*"], "ttl": 0},
        {"name": "x", "scopes": ["*"], "ttl": 1e12},
        {"name": "x", "scopes": ["*"], "prefix": "sk_mine"},
    ],
)
def test_a_key_that_cannot_be_is_refused(live: LiveServer, standing: Tenancy, body: object) -> None:
    assert as_server(live, standing).post(KEYS, body).code == "invalid"


def test_a_key_makes_and_takes_over_none_that_may_do_more(live: LiveServer, acme: Tenancy) -> None:
    manager = with_scopes(live, acme, "keys:manage", "rooms:read")
    for scopes in (["*"], ["users:read"], ["rooms:read", "users:read"]):
        assert manager.post(KEYS, {"name": "more", "scopes": scopes}).code == "scope_missing"
    assert manager.post(f"{KEYS}/{acme.api_key[:15]}/rotate", {}).code == "scope_missing"
    assert manager.post(KEYS, {"name": "less", "scopes": ["rooms:read"]}).status == 201


def test_a_rotated_key_goes_on_for_the_overlap(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    answer = server.post(f"{KEYS}/{acme.api_key[:15]}/rotate", {"overlap": 3600})
    assert (answer.status, answer.json["scopes"]) == (201, ["*"])
    new = bearing(live, acme, answer.json["secret"])
    assert server.get(KEYS).status == new.get(KEYS).status == 200
    again = new.post(f"{KEYS}/{acme.api_key[:15]}/rotate", {"overlap": 0})
    assert again.status == 201
    assert server.get(KEYS).code == "token_expired"


def test_a_revoked_key_is_refused_from_then_on(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    server = as_server(live, acme)
    path = f"{KEYS}/{acme.api_key[:15]}"
    assert as_server(live, globex).ask("DELETE", path).code == "key_not_found"
    assert server.ask("DELETE", path).status == 204
    assert server.get(KEYS).code == "token_invalid"
    assert as_server(live, globex).get(KEYS).status == 200


def test_only_an_api_key_looks_after_keys(live: LiveServer, acme: Tenancy) -> None:
    for client in (as_user(live, acme, "ann"), with_session(live, acme, acme.account("bob"))):
        for path in (KEYS, SIGNING_KEYS, "/api/v1/settings/origins"):
            assert client.get(path).code == "not_allowed"
    ann = as_user(live, acme, "ann")
    assert ann.post(KEYS, {"name": "x", "scopes": ["*"]}).code == "not_allowed"
    assert ann.post(f"{KEYS}/{acme.api_key[:15]}/rotate", {}).code == "not_allowed"
    assert ann.ask("DELETE", f"{KEYS}/{acme.api_key[:15]}").code == "not_allowed"
    assert ann.post(SIGNING_KEYS, {}).code == "not_allowed"
    assert ApiKey.objects.filter(tenant_id=acme.record.id).count() == 1


# Signing keys


def token_of(private: Any, algorithm: str, kid: str, user: str = "ann", **more: Any) -> str:
    return jwt.encode({"sub": user, "exp": int(time.time()) + 60, **more}, private, algorithm, headers={"kid": kid})


def test_a_second_secret_comes_into_use_before_the_first_goes(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    made = server.post(SIGNING_KEYS, {})
    assert (made.status, made.headers["Cache-Control"]) == (201, "no-store")
    assert server.post(SIGNING_KEYS, {}).code == "too_many_keys"
    new = token_of(made.json["secret"], "HS256", made.json["id"])
    assert bearing(live, acme, new).get("/api/v1/rooms").status == 200
    assert as_user(live, acme, "ann").get("/api/v1/rooms").status == 200
    [old] = acme.record.signing_keys
    assert server.ask("DELETE", f"{SIGNING_KEYS}/{old}").status == 204
    assert as_user(live, acme, "ann").get("/api/v1/rooms").code == "token_invalid"
    assert bearing(live, acme, new).get("/api/v1/rooms").status == 200
    [listed] = server.get(SIGNING_KEYS).json["data"]
    assert (listed["id"], listed["public_key"]) == (made.json["id"], "")
    assert made.json["secret"] not in server.get(SIGNING_KEYS).text + live.log()


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256"])
def test_a_public_key_is_registered_and_verifies(live: LiveServer, acme: Tenancy, algorithm: str) -> None:
    server = as_server(live, acme)
    for source in ({"public_key": pem(PRIVATE[algorithm])}, {"jwk": jwk(algorithm)}):
        made = server.post(SIGNING_KEYS, {"algorithm": algorithm, **source}).json
        assert (made["public_key"], made["secret"]) == (pem(PRIVATE[algorithm]), None)
        token = token_of(PRIVATE[algorithm], algorithm, made["id"])
        assert bearing(live, acme, token).get("/api/v1/rooms").status == 200
        forged = token_of(made["id"] * 2, "HS256", made["id"])
        assert bearing(live, acme, forged).get("/api/v1/rooms").code == "token_invalid"
        assert server.ask("DELETE", f"{SIGNING_KEYS}/{made['id']}").status == 204
        assert bearing(live, acme, token).get("/api/v1/rooms").code == "token_invalid"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"algorithm": "HS256", "public_key": "pem"}, "invalid"),
        ({"algorithm": "none"}, "invalid"),
        ({"algorithm": "HS512"}, "invalid"),
        ({"algorithm": "ES256"}, "invalid"),
        ({"algorithm": "ES256", "public_key": "pem"}, "invalid"),
        ({"algorithm": "ES256", "public_key": pem(PRIVATE["EdDSA"])}, "invalid"),
        ({"algorithm": "ES256", "public_key": pem(PRIVATE["ES256"]), "jwk": jwk("ES256")}, "invalid"),
        ({"algorithm": "ES256", "jwk": jwk("ES256", PRIVATE["ES256"])}, "invalid"),
        ({"algorithm": "ES256", "public_key": pem(PRIVATE["ES256"]), "audience": "chat"}, "invalid"),
        ({"algorithm": "ES256", "key_set_url": "https://192.168.0.1/keys"}, "url_refused"),
        ({"algorithm": "ES256", "key_set_url": "http://acme.test/keys"}, "url_refused"),
        ({"algorithm": "ES256", "key_set_url": "nonsense"}, "url_refused"),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_a_key_that_verifies_nothing_is_refused(
    live: LiveServer, standing: Tenancy, body: dict[str, object], code: str
) -> None:
    assert as_server(live, standing).post(SIGNING_KEYS, body).code == code
    assert SigningKey.objects.filter(tenant_id=standing.record.id).count() == 1


async def test_a_key_set_is_fetched_from_where_the_customer_publishes_it(live: LiveServer, acme: Tenancy) -> None:
    server, ask = as_server(live, acme), asyncio.to_thread
    async with receiver() as publisher:
        body = {"algorithm": "ES256", "key_set_url": publisher.url, "audience": "chat"}
        for status, published in (
            (404, {}),
            (302, {}),
            (200, {}),
            (200, {"keys": []}),
            (200, {"keys": [jwk("ES256")]}),
        ):
            publisher.always(status, json.dumps(published).encode(), Location="/elsewhere")
            assert (await ask(server.post, SIGNING_KEYS, body)).code == "url_refused"
        publisher.always(200, json.dumps({"keys": [{**jwk("ES256"), "kid": "theirs-1"}]}).encode())
        made = await ask(server.post, SIGNING_KEYS, body)
        assert (made.status, made.json["key_set_url"], made.json["secret"]) == (201, publisher.url, None)
        for user, audience, status in (("ann", "chat", 200), ("ann", "mail", 401), ("bob", "chat", 200)):
            token = token_of(PRIVATE["ES256"], "ES256", "theirs-1", user, aud=audience)
            assert (await ask(bearing(live, acme, token).get, "/api/v1/rooms")).status == status
        assert len(publisher.heard) <= 7, "it is not asked for every token"
        async with open_socket(live, acme.host, f"/ws/v1?token={token}") as connection:
            assert json.loads(await connection.recv())["user"]["id"] == "bob"
            assert (await ask(server.ask, "DELETE", f"{SIGNING_KEYS}/{made.json['id']}")).status == 204
            assert json.loads(await connection.recv())["code"] == "token_invalid"
    assert (await ask(bearing(live, acme, token).get, "/api/v1/rooms")).code == "token_invalid"
