"""Pages of other hosts: those that the tenant lists may call the API, and, where there is a list, open sockets."""

from __future__ import annotations

import pytest

from tests.chat.socket.knocking import refused
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, awith_session
from tests.support.server import LiveServer
from tests.support.sockets import person

ORIGINS = "/api/v1/settings/origins"
ROOMS = "/api/v1/rooms"
APP = "https://app.example.com"
FOREIGN = [
    "https://evil.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com.evil.test",
    "https://x.app.example.com",
    "null",
]
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


def allow(live: LiveServer, tenant: Tenancy, *origins: str) -> None:
    assert as_server(live, tenant).put(ORIGINS, {"origins": list(origins)}).status == 200


def test_origins_are_kept_as_browsers_write_them(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    server = as_server(live, acme)
    assert server.get(ORIGINS).json == {"origins": []}
    kept = server.put(ORIGINS, {"origins": ["HTTPS://App.Example.com:443", APP, "http://localhost:3000"]}).json
    assert kept == server.get(ORIGINS).json == {"origins": [APP, "http://localhost:3000"]}
    bad = server.put(ORIGINS, {"origins": [APP, "https://*.example.com"]})
    assert (bad.code, bad.json["errors"]) == ("invalid", [{"field": "origins.1", "code": "origin"}])
    assert server.put(ORIGINS, {"origins": ["a\x00"]}).code == "invalid"
    assert server.get(ORIGINS).json == kept
    assert as_server(live, globex).get(ORIGINS).json == {"origins": []}


def test_a_listed_page_may_ask_and_read(live: LiveServer, acme: Tenancy) -> None:
    allow(live, acme, APP)
    preflight = Client(live, acme.host).ask("OPTIONS", ROOMS, Origin=APP, **PREFLIGHT)
    assert (preflight.status, preflight.body) == (204, b"")
    assert preflight.headers["Access-Control-Allow-Origin"] == APP
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert {"Authorization", "Idempotency-Key"} <= set(preflight.headers["Access-Control-Allow-Headers"].split(", "))
    for client, status in ((as_user(live, acme, "ann"), 200), (Client(live, acme.host), 401)):
        answer = client.get(ROOMS, Origin=APP)
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, APP)
        assert "RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_page_may(live: LiveServer, acme: Tenancy, globex: Tenancy, origin: str) -> None:
    allow(live, acme, APP)
    allow(live, globex, "https://evil.example.com")
    ann = as_user(live, acme, "ann")
    for answer in (ann.get(ROOMS, Origin=origin), ann.ask("OPTIONS", ROOMS, Origin=origin, **PREFLIGHT)):
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert "Origin" in answer.headers["Vary"]


def test_pages_of_ours_are_no_api(live: LiveServer, acme: Tenancy) -> None:
    allow(live, acme, APP)
    assert "Access-Control-Allow-Origin" not in Client(live, acme.host).get("/", Origin=APP).headers


# Sockets


async def test_where_origins_are_listed_a_token_is_good_on_their_pages_and_ours_alone(
    live: LiveServer, acme: Tenancy
) -> None:
    allow(live, acme, APP)
    for origin in (APP, f"http://{acme.host}:{live.port}", None):
        async with person(live, acme, "ann", origin=origin) as ann:
            assert ann.hello
    for origin in FOREIGN:
        status, body = await refused(live, acme.host, f"/ws/v1?token={acme.token('ann')}", origin=origin)
        assert (status, "origin_not_allowed" in body) == (403, True), origin


async def test_a_listed_origin_may_not_use_the_cookie(live: LiveServer, acme: Tenancy) -> None:
    allow(live, acme, APP)
    client = await awith_session(live, acme, await acme.aaccount("ann"))
    status, _ = await refused(live, acme.host, additional_headers=client.cookie_header, origin=APP)
    assert status == 403
