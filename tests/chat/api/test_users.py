"""Users by the customer's own ids, and tokens for them."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tenants.models import Membership, SigningKey
from tests.chat.socket.knocking import turned_away
from tests.support.cast import Tenancy
from tests.support.http import Client, as_server, as_user, awith_session, csrf_token
from tests.support.server import LiveServer
from tests.support.sockets import open_socket, person
from tests.support.tables import change, make_user, revoke_keys, rows
from tests.support.tokens import signed

USERS = "/api/v1/users"


def test_put_makes_a_user_and_brings_one_up_to_date(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    made = server.put(f"{USERS}/ann", {"name": "Ann", "avatar": "https://acme.test/a.png"}).json
    assert made.pop("created_at")
    assert made == {
        "id": "ann",
        "name": "Ann",
        "avatar": "https://acme.test/a.png",
        "active": True,
        "online": False,
        "last_seen": None,
    }
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


def test_users_are_found_by_a_part_of_their_name(live: LiveServer, acme: Tenancy) -> None:
    for user, name in (("u1", "Joanna"), ("u2", "Ann"), ("u3", "Bob"), ("u4", "100%"), ("u5", "ÄNNE")):
        make_user(acme, user, name)
    ann = as_user(live, acme, "u2", name="Ann")

    def found(query: str) -> list[str]:
        return [user["name"] for user in ann.get(f"{USERS}?{query}").json["data"]]

    assert (found("name=aNN"), found("name=%C3%A4nn"), found("name=%25")) == (["Ann", "Joanna"], ["ÄNNE"], ["100%"])
    assert (found("name=nobody"), ann.get(f"{USERS}?name=").code) == ([], "invalid")
    first = ann.get(f"{USERS}?name=n&limit=1").json
    assert first["data"][0]["name"] == "Ann"
    assert found(f"name=n&limit=1&cursor={first['next']}") == ["Joanna"]


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


def test_patch_changes_what_it_names(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    server.put(f"{USERS}/ann", {"name": "Ann", "avatar": "https://acme.test/a.png"})
    changed = server.ask("PATCH", f"{USERS}/ann", json={"name": "Ann Marie"}).json
    assert (changed["name"], changed["avatar"], changed["active"]) == ("Ann Marie", "https://acme.test/a.png", True)
    assert server.ask("PATCH", f"{USERS}/ann", json={}).json == changed
    assert server.ask("PATCH", f"{USERS}/nobody", json={}).code == "user_not_found"
    for bad in ({"name": ""}, {"active": 1}, {"deactivated_at": None}):
        assert server.ask("PATCH", f"{USERS}/ann", json=bad).code == "invalid"


async def test_who_is_deactivated_is_out_until_active_again(live: LiveServer, acme: Tenancy) -> None:
    server, ann = as_server(live, acme), as_user(live, acme, "ann", name="Ann")
    assert server.ask("DELETE", f"{USERS}/ann").code == "user_not_found"
    async with person(live, acme, "ann") as open_one:
        assert server.ask("DELETE", f"{USERS}/ann").status == 204
        assert (await open_one.event("error"))["code"] == "not_allowed"
        assert await open_one.closed() == 4403
    assert server.ask("DELETE", f"{USERS}/ann").status == 204
    assert ann.get(USERS).code == "not_allowed"
    assert server.get(f"{USERS}/ann").json["active"] is False
    assert server.put(f"{USERS}/ann", {"name": "Anna"}).code == "not_allowed"
    assert rows(acme, "SELECT name FROM chat_user") == [("ann",)], "a refused call changes nothing"
    assert server.ask("PATCH", f"{USERS}/ann", json={"active": True}).json["active"] is True
    assert ann.get(USERS).status == 200


# Tokens


async def test_a_revocation_voids_every_token_from_before_it(live: LiveServer, acme: Tenancy) -> None:
    server = as_server(live, acme)
    old, undated = acme.token("ann"), signed(acme, "ann", name="Forged")
    another, bob = signed(acme, "ann", iat=int(time.time()) - 5), acme.token("bob")
    for token in (old, undated, another, bob):
        assert _with(live, acme, token).get(USERS).status == 200
    assert server.post(f"{USERS}/ann/revoke").status == 204
    for token in (old, undated, another):
        assert _with(live, acme, token).get(USERS).code == "token_invalid"
        end = await turned_away(live, acme.host, token)
        assert (end.error["code"], end.close_code) == ("token_invalid", 4401)
    new = server.post(f"{USERS}/ann/tokens", {}).json["token"]
    for token in (new, acme.token("ann"), bob):
        assert _with(live, acme, token).get(USERS).status == 200
    assert server.put(f"{USERS}/ann", {}).status == 200, "its own server is not a token"


def test_a_refused_token_does_not_rename_its_user(live: LiveServer, acme: Tenancy) -> None:
    old = acme.token("ann", name="Old")
    as_server(live, acme).put(f"{USERS}/ann", {"name": "Ann"})
    as_server(live, acme).post(f"{USERS}/ann/revoke")
    assert _with(live, acme, old).get(USERS).code == "token_invalid"
    assert rows(acme, "SELECT name FROM chat_user") == [("Ann",)]


def test_somebody_who_was_never_here_is_revoked_too(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    out, elsewhere = acme.token("ann"), globex.token("ann")
    assert as_server(live, acme).post(f"{USERS}/ann/revoke").status == 204
    assert _with(live, acme, out).get(USERS).code == "token_invalid"
    assert _with(live, globex, elsewhere).get(USERS).status == 200


@pytest.mark.parametrize("iat", [True, "1", 1e300, -(10**40), float("-inf"), float("nan")])
def test_an_odd_iat_is_refused_or_as_good_as_none(live: LiveServer, acme: Tenancy, iat: object) -> None:
    as_server(live, acme).post(f"{USERS}/ann/revoke")
    assert _with(live, acme, signed(acme, "ann", iat=iat)).get(USERS).code == "token_invalid"


def _with(live: LiveServer, tenant: Tenancy, token: str) -> Client:
    return Client(live, tenant.host, {"Authorization": f"Bearer {token}"})


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
def test_a_lifetime_that_is_none_is_refused(live: LiveServer, standing: Tenancy, ttl: object) -> None:
    answer = as_server(live, standing).post(f"{USERS}/ann/tokens", {"ttl": ttl})
    assert (answer.status, answer.code) == (422, "invalid")


def test_without_a_signing_key_nothing_is_minted(live: LiveServer, acme: Tenancy) -> None:
    SigningKey.objects.filter(tenant=acme.made.tenant).delete()
    assert as_server(live, acme).post(f"{USERS}/ann/tokens", {}).code == "invalid"
    revoke_keys(acme)
    assert as_server(live, acme).post(f"{USERS}/ann/tokens", {}).code == "token_invalid"
    assert as_user(live, acme, "ann").get(USERS).code == "token_invalid"


# One's own name


async def test_a_signed_in_account_changes_its_name_in_all_its_tenants(
    live: LiveServer, acme: Tenancy, globex: Tenancy
) -> None:
    account = await acme.aaccount("ann")
    await Membership.objects.acreate(account=account, tenant=globex.made.tenant, role="agent")
    here, elsewhere = await awith_session(live, acme, account), await awith_session(live, globex, account)
    headers = {"X-CSRFToken": csrf_token(here.get("/").text)}
    path = f"{USERS}/{account.id}"
    renamed = here.patch(path, {"name": "Ann Marie"}, **headers)
    assert (renamed.status, renamed.json["name"]) == (200, "Ann Marie")
    assert (here.get(path).json["name"], elsewhere.get(path).json["name"]) == ("Ann Marie", "Ann Marie")
    refused = {
        "without the token against forgery": here.patch(path, {"name": "X"}),
        "a blank name": here.patch(path, {"name": " "}, **headers),
        "another picture": here.patch(path, {"name": "X", "avatar": "https://a.test/a.png"}, **headers),
        "being inactive": here.patch(path, {"active": False}, **headers),
        "somebody else": here.patch(f"{USERS}/bob", {"name": "X"}, **headers),
        "by a token for the account": as_user(live, acme, account.id).patch(path, {"name": "X"}),
    }
    assert {name: answer.code for name, answer in refused.items()} == {
        **dict.fromkeys(refused, "not_allowed"),
        "without the token against forgery": "csrf_failed",
        "a blank name": "invalid",
    }
    await account.arefresh_from_db()
    assert account.name == "Ann Marie"


def test_of_others_their_tokens_say_the_name(live: LiveServer, acme: Tenancy) -> None:
    ann = as_user(live, acme, "ann", name="Ann")
    answer = ann.patch(f"{USERS}/ann", {"name": "Anna"})
    assert answer.code == "not_allowed"
    assert "tokens say" in answer.json["detail"]
    assert ann.get(f"{USERS}/ann").json["name"] == "Ann"
