"""Who may call: an API key, a user token, a session with its CSRF token. Nobody else, and they learn why."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tenants.keys import create_api_key
from tenants.models import ApiKey
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, csrf_token, encode, once_refused, with_session
from tests.support.raw import get
from tests.support.server import LiveServer
from tests.support.tables import change, make_room, revoke_keys, rows, stored_texts, suspend
from tests.support.tokens import signed

ROOMS = "/api/v1/rooms"
MESSAGES = "/api/v1/rooms/general/messages"


def _with(live: LiveServer, tenant: Tenancy, authorization: str) -> Client:
    return Client(live, tenant.host, {"Authorization": authorization})


def test_without_a_credential_one_is_asked_for(live: LiveServer, acme: Tenancy) -> None:
    answer = Client(live, acme.host).get(ROOMS)
    assert (answer.status, answer.code) == (401, "token_missing")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="parley"'


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer garbage", "Bearer a.b.c", "sk_1", "Token x", "é"]
)
def test_a_header_that_is_no_credential_is_refused(live: LiveServer, standing: Tenancy, authorization: str) -> None:
    answer = _with(live, standing, authorization).get(ROOMS)
    assert (answer.status, answer.code) == (401, "token_invalid")
    assert "WWW-Authenticate" in answer.headers


def test_two_credentials_are_none(live: LiveServer, acme: Tenancy) -> None:
    """Which of them counts is not for each layer to choose."""
    mine, forged = f"Authorization: Bearer {acme.api_key}".encode(), b"Authorization: Bearer sk_forged"
    for lines in ((mine, forged), (forged, mine), (mine, mine)):
        answer = get(live, f"Host: {acme.host}".encode(), *lines, path=b"/api/v1/rooms")
        assert (answer.status, answer.code) == (401, "token_invalid")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_letters_do_not_matter(live: LiveServer, acme: Tenancy, scheme: str) -> None:
    assert _with(live, acme, f"{scheme} {acme.api_key}").get(ROOMS).status == 200


# User tokens


def test_a_user_token_makes_its_user(live: LiveServer, acme: Tenancy) -> None:
    assert as_user(live, acme, "ann", name="Ann").get(ROOMS).status == 200
    assert rows(acme, "SELECT id, name FROM chat_user") == [("ann", "Ann")]


def test_an_expired_token_is_told_so(live: LiveServer, acme: Tenancy) -> None:
    answer = _with(live, acme, f"Bearer {signed(acme, exp=int(time.time()) - 60)}").get(ROOMS)
    assert (answer.status, answer.code) == (401, "token_expired")


def test_a_token_of_another_tenant_is_worth_nothing(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    answer = _with(live, acme, f"Bearer {globex.token('ann')}").get(ROOMS)
    assert (answer.status, answer.code) == (401, "token_invalid")
    assert rows(acme, "SELECT id FROM chat_user") == []


def test_a_token_in_the_query_is_for_sockets_only(live: LiveServer, acme: Tenancy) -> None:
    assert Client(live, acme.host).get(f"{ROOMS}?token={acme.token('ann')}").code == "token_missing"


def test_a_token_that_names_rooms_opens_those_and_no_others(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "mine", "private", members=("ann",))
    make_room(acme, "case-7", "private", members=("ann",))
    ann = _with(live, acme, f"Bearer {signed(acme, 'ann', rooms=['case-7'])}")
    assert [room["id"] for room in ann.get(ROOMS).json["data"]] == ["case-7"]
    assert ann.get("/api/v1/rooms/case-7/messages").status == 200
    for room in ("general", "mine"):
        assert ann.get(f"/api/v1/rooms/{room}").code == "not_allowed"
        assert ann.get(f"/api/v1/rooms/{room}/messages").code == "not_allowed"
        assert ann.get(f"/api/v1/rooms/{room}/members").code == "not_allowed"
        assert ann.post(f"/api/v1/rooms/{room}/messages", {"text": "hi"}).code == "not_allowed"
        assert ann.put(f"/api/v1/rooms/{room}/read", {"seq": 0}).code == "not_allowed"
        assert ann.put(f"/api/v1/rooms/{room}/members/ann", {}).code == "not_allowed"
    assert ann.post(ROOMS, {"name": "Another"}).code == "not_allowed"


# API keys


def test_an_api_key_acts_as_the_server(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "secret", "private", members=("bob",))
    listed = as_server(live, acme).get(ROOMS).json["data"]
    assert {room["id"] for room in listed} == {"general", "secret"}


def _near(key: str) -> dict[str, str]:
    return {
        "another end": key[:-1] + ("0" if key[-1] != "0" else "1"),
        "cut off": key[:-1],
        "longer": key + "0",
        "the prefix alone": key[:15],
        "made up": f"sk_{secrets.token_hex(24)}",
        "nothing behind sk_": "sk_",
        "a wildcard": "sk_%",
        "upper case": key.upper().replace("SK_", "sk_"),
    }


@pytest.mark.parametrize("name", _near("sk_" + "0" * 48))
def test_a_key_that_is_not_quite_right_is_refused(live: LiveServer, standing: Tenancy, name: str) -> None:
    answer = _with(live, standing, f"Bearer {_near(standing.api_key)[name]}").get(ROOMS)
    assert (answer.status, answer.code) == (401, "token_invalid")


def test_a_key_of_another_tenant_is_refused(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    answer = _with(live, acme, f"Bearer {globex.api_key}").get(ROOMS)
    assert (answer.status, answer.code) == (401, "token_invalid")
    assert _with(live, globex, f"Bearer {globex.api_key}").get(ROOMS).status == 200


def test_a_revoked_key_is_refused(live: LiveServer, acme: Tenancy) -> None:
    assert as_server(live, acme).get(ROOMS).status == 200
    revoke_keys(acme)
    assert as_server(live, acme).get(ROOMS).code == "token_invalid"


def test_an_expired_key_is_told_so(live: LiveServer, acme: Tenancy) -> None:
    made = create_api_key(acme.made.tenant, "short")
    row = ApiKey.objects.filter(pk=made.row.pk)
    row.update(expires_at=datetime.now(UTC) + timedelta(minutes=1))
    assert _with(live, acme, f"Bearer {made.secret}").get(ROOMS).status == 200
    row.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert _with(live, acme, f"Bearer {made.secret}").get(ROOMS).code == "token_expired"


def test_a_key_remembers_when_it_was_used(live: LiveServer, acme: Tenancy) -> None:
    as_server(live, acme).get(ROOMS)
    assert ApiKey.objects.get(tenant=acme.made.tenant).last_used_at is not None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/api/v1/users/bob", {"name": "Bob"}),
        ("POST", "/api/v1/users/bob/tokens", {}),
    ],
)
def test_what_only_the_server_may_a_user_may_not(
    live: LiveServer, acme: Tenancy, method: str, path: str, body: object
) -> None:
    answer = as_user(live, acme, "ann").ask(method, path, json=body)
    assert (answer.status, answer.code) == (403, "not_allowed")
    assert rows(acme, "SELECT id FROM chat_user") == [("ann",)]


# Sessions


def test_a_session_reads_and_needs_its_csrf_token_to_write(live: LiveServer, acme: Tenancy) -> None:
    client = with_session(live, acme, acme.account("ann"))
    assert client.get(ROOMS).status == 200
    token = csrf_token(client.get("/").text)
    assert client.post(MESSAGES, {"text": "forged"}).code == "csrf_failed"
    assert client.post(MESSAGES, {"text": "forged"}, **{"X-CSRFToken": token[::-1]}).code == "csrf_failed"
    foreign = {"X-CSRFToken": token, "Origin": "http://evil.example"}
    assert client.post(MESSAGES, {"text": "forged"}, **foreign).code == "csrf_failed"
    assert stored_texts(acme) == []
    assert client.post(MESSAGES, {"text": "hi"}, **{"X-CSRFToken": token}).status == 201
    assert stored_texts(acme) == ["hi"]


def test_a_session_of_another_tenant_is_nobody_here(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    client = with_session(live, globex, globex.account("mallory"))
    answer = Client(live, acme.host, cookies=client.cookies).get(ROOMS)
    assert (answer.status, answer.code) == (401, "token_missing")


def test_an_account_without_a_place_here_is_nobody_here(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    client = with_session(live, acme, globex.account("mallory"))
    assert client.get(ROOMS).code == "token_missing"


def test_a_bearer_decides_alone_even_beside_a_session(live: LiveServer, acme: Tenancy) -> None:
    client = with_session(live, acme, acme.account("ann"))
    assert client.get(ROOMS, Authorization="Bearer garbage").code == "token_invalid"
    answer = client.post(MESSAGES, {"text": "hi"}, Authorization=f"Bearer {acme.token('bob')}")
    assert answer.status == 201
    assert rows(acme, "SELECT user_id FROM chat_message") == [("bob",)]


@pytest.mark.parametrize("value", ["0" * 32, '"' + "\\000" * 32 + '"', "é" * 32, "x" * 4_000])
def test_a_made_up_cookie_is_nobody(live: LiveServer, acme: Tenancy, value: str) -> None:
    client = Client(live, acme.host, {"Cookie": f"sessionid={value}"})
    assert client.get(ROOMS).code == "token_missing"
    assert client.get("/").status == 302
    assert client.ask("POST", "/api/v1/rooms", body=encode({})).code == "token_missing"


# The tenant


def test_a_suspended_tenant_answers_nobody(live: LiveServer, acme: Tenancy) -> None:
    suspend(acme)
    for client in (as_server(live, acme), as_user(live, acme, "ann"), Client(live, acme.host)):
        answer = once_refused(partial(client.get, ROOMS))
        assert (answer.status, answer.code) == (403, "tenant_suspended")


def test_a_deactivated_user_is_refused(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann")
    assert ann.get(ROOMS).status == 200
    change(acme, "UPDATE chat_user SET deactivated_at = now()")
    answer = ann.get(ROOMS)
    assert (answer.status, answer.code) == (403, "not_allowed")
