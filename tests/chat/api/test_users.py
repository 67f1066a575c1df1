"""Users by the customer's own ids, and tokens for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tenants.models import SigningKey
from tests.support.cast import Tenancy
from tests.support.http import as_server, as_user
from tests.support.server import LiveServer
from tests.support.sockets import open_socket
from tests.support.tables import change, make_user, revoke_keys, rows

USERS = "/api/v1/users"


def test_put_makes_a_user_and_brings_one_up_to_date(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    made = server.put(f"{USERS}/ann", {"name": "Ann", "avatar": "https://acme.test/a.png"}).json
    assert made.pop("created_at")
    assert made == {"id": "ann", "name": "Ann", "avatar": "https://acme.test/a.png"}
    changed = server.put(f"{USERS}/ann", {"name": "Ann Marie"}).json
    assert (changed["name"], changed["avatar"]) == ("Ann Marie", "https://acme.test/a.png")
    assert server.put(f"{USERS}/ann", {"avatar": ""}).json["avatar"] == ""
    assert server.get(f"{USERS}/ann").json["name"] == "Ann Marie"


def test_a_user_without_a_name_is_called_by_the_id(live: LiveServer, acme: Tenancy) -> None:
    assert as_server(live, acme).put(f"{USERS}/u-7", {}).json["name"] == "u-7"


@pytest.mark.parametrize("user", ["ann@acme.test", "7", "a.b:c|d", "Ä€漢🐙", "a" * 128, "..", "%", "a?b", "a#b", "a+b"])
def test_any_id_of_the_customers_will_do(live: LiveServer, acme: Tenancy, user: str) -> None:
    server = as_server(live, acme)
    path = f"{USERS}/{quote(user, safe='')}"
    assert server.put(path, {}).json["id"] == user
    assert server.get(path).json["id"] == user
    assert rows(acme, "SELECT id FROM chat_user") == [(user,)]


@pytest.mark.parametrize("path", ["a%20b", "a%00", "a%0A", "%7F", "a" * 129, "%C2%A0"])
def test_an_id_that_breaks_lines_or_paths_is_refused(live: LiveServer, acme: Tenancy, path: str) -> None:
    server = as_server(live, acme)
    for answer in (server.put(f"{USERS}/{path}", {}), server.post(f"{USERS}/{path}/tokens", {})):
        assert (path, answer.status, answer.code) in ((path, 422, "invalid"), (path, 404, "not_found"))
    assert rows(acme, "SELECT id FROM chat_user") == []


def test_users_are_listed_by_name_and_the_deactivated_left_out(live: LiveServer, acme: Tenancy) -> None:
    for user, name in (("u1", "Carol"), ("u2", "Ann"), ("u3", "Bob"), ("u4", "Gone")):
        make_user(acme, user, name)
    change(acme, "UPDATE chat_user SET deactivated_at = now() WHERE id = 'u4'")
    page = as_server(live, acme).get(USERS).json
    assert [user["name"] for user in page["data"]] == ["Ann", "Bob", "Carol"]
    assert page["next"] is None


def test_nobody_is_not_found(live: LiveServer, acme: Tenancy) -> None:
    answer = as_server(live, acme).get(f"{USERS}/nobody")
    assert (answer.status, answer.code) == (404, "user_not_found")


BAD_USERS = {
    "an empty name": {"name": ""},
    "a name of 121": {"name": "n" * 121},
    "a name with NUL": {"name": "a\x00b"},
    "a name that is a number": {"name": 7},
    "an avatar of 2,001": {"avatar": "a" * 2_001},
    "a field that nobody knows": {"id": "bob"},
}


@pytest.mark.parametrize("body", BAD_USERS.values(), ids=BAD_USERS)
def test_a_bad_user_is_refused_and_the_field_named(live: LiveServer, acme: Tenancy, body: dict[str, object]) -> None:
    answer = as_server(live, acme).put(f"{USERS}/ann", body)
    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"].split(".")[-1] for error in answer.json["errors"]] == list(body)
    assert rows(acme, "SELECT id FROM chat_user") == []


# Tokens


async def test_a_minted_token_opens_the_socket(live: LiveServer, acme: Tenancy) -> None:
    answer = as_server(live, acme).post(f"{USERS}/ann/tokens", {"ttl": 60})
    assert answer.status == 201
    left = datetime.fromisoformat(answer.json["expires_at"]) - datetime.now(UTC)
    assert timedelta(seconds=30) < left <= timedelta(seconds=60)
    async with open_socket(live, acme.host, f"/ws/v1?token={answer.json['token']}") as connection:
        assert json.loads(await connection.recv())["user"]["id"] == "ann"


def test_a_minted_token_lasts_an_hour_unless_said(live: LiveServer, acme: Tenancy) -> None:
    answer = as_server(live, acme).post(f"{USERS}/ann/tokens", {}).json
    left = datetime.fromisoformat(answer["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


@pytest.mark.parametrize("ttl", [0, -1, 86_401, "60", None, True, 10**400, []])
def test_a_lifetime_that_is_none_is_refused(live: LiveServer, acme: Tenancy, ttl: object) -> None:
    answer = as_server(live, acme).post(f"{USERS}/ann/tokens", {"ttl": ttl})
    assert (answer.status, answer.code) == (422, "invalid")


def test_without_a_signing_key_nothing_is_minted(live: LiveServer, acme: Tenancy) -> None:
    SigningKey.objects.filter(tenant=acme.made.tenant).delete()
    assert as_server(live, acme).post(f"{USERS}/ann/tokens", {}).code == "invalid"
    revoke_keys(acme)
    assert as_server(live, acme).post(f"{USERS}/ann/tokens", {}).code == "token_invalid"
    assert as_user(live, acme, "ann").get(USERS).code == "token_invalid"
