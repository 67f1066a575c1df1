"""Who is not let in, and how they learn why."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from tests.chat.socket.knocking import refused, turned_away
from tests.support.cast import Tenancy, make_tenant
from tests.support.http import awith_session
from tests.support.server import LiveServer
from tests.support.sockets import open_socket, person
from tests.support.tables import change, make_user, revoke_keys, rows, suspend
from tests.support.tokens import signed


@pytest.fixture(scope="module")
def neighbours(database: None) -> tuple[Tenancy, Tenancy]:
    return make_tenant("acme"), make_tenant("globex")


Forge = Callable[[Tenancy, Tenancy], str]


def _unsigned(acme: Tenancy, globex: Tenancy) -> str:
    [key] = acme.record.signing_keys
    return jwt.encode({"sub": "ann", "exp": time.time() + 60}, "", "none", headers={"kid": key})


def _with_own_curve(acme: Tenancy, globex: Tenancy) -> str:
    private = generate_private_key(SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed(acme, secret=pem.decode(), algorithm="ES256")


def _unsigned_by_cutting(acme: Tenancy, globex: Tenancy) -> str:
    return signed(acme).rpartition(".")[0] + "."


def _with_changed_claims(acme: Tenancy, globex: Tenancy) -> str:
    ann, bob = signed(acme, "ann").split("."), signed(acme, "bob").split(".")
    return ".".join([ann[0], bob[1], ann[2]])


INVALID_TOKENS: dict[str, Forge] = {
    "alg=none": _unsigned,
    "the signature cut off": _unsigned_by_cutting,
    "another token's signature": _with_changed_claims,
    "signed with another secret": lambda acme, globex: signed(acme, secret="x" * 43),
    "another algorithm of the same family": lambda acme, globex: signed(acme, algorithm="HS512"),
    "a curve of the forger's own": _with_own_curve,
    "another tenant's token": lambda acme, globex: signed(globex),
    "another tenant's key id, this one's secret": lambda acme, globex: signed(
        acme, header={"kid": next(iter(globex.record.signing_keys))}
    ),
    "an unknown key id": lambda acme, globex: signed(acme, header={"kid": "key_nobody"}),
    "a key id that is no text": lambda acme, globex: signed(acme).replace(signed(acme).split(".")[0], "eyJraWQiOltdfQ"),
    "not a token at all": lambda acme, globex: "garbage",
    "an empty one": lambda acme, globex: "",
    "dots only": lambda acme, globex: "..",
    "no expiry": lambda acme, globex: signed(acme, exp=None),
    "an expiry in words": lambda acme, globex: signed(acme, exp="tomorrow"),
    "an endless expiry": lambda acme, globex: signed(acme, exp=float("inf")),
    "not valid yet": lambda acme, globex: signed(acme, nbf=int(time.time()) + 3600),
    "no user": lambda acme, globex: signed(acme, sub=None),
    "an empty user": lambda acme, globex: signed(acme, ""),
    "an empty user under the other name": lambda acme, globex: signed(acme, sub=None, user_id=""),
    "a user that is a number": lambda acme, globex: signed(acme, sub=7),
    "a user with NUL": lambda acme, globex: signed(acme, "an\x00n"),
    "a user with a lone surrogate": lambda acme, globex: signed(acme, "an\ud800n"),
    "a user longer than 128": lambda acme, globex: signed(acme, "a" * 129),
    "a name with NUL": lambda acme, globex: signed(acme, name="A\x00"),
    "a name longer than 120": lambda acme, globex: signed(acme, name="a" * 121),
    "a name that is a list": lambda acme, globex: signed(acme, name=["Ann"]),
    "rooms that are no list": lambda acme, globex: signed(acme, rooms="general"),
    "rooms that are no texts": lambda acme, globex: signed(acme, rooms=[1]),
    "longer than 8 KiB": lambda acme, globex: signed(acme, rooms=["r" * 64] * 100),
}


@pytest.mark.parametrize("forge", INVALID_TOKENS.values(), ids=INVALID_TOKENS)
async def test_a_token_that_is_not_the_tenants_is_turned_away(
    live: LiveServer, neighbours: tuple[Tenancy, Tenancy], forge: Forge
) -> None:
    acme, globex = neighbours
    end = await turned_away(live, acme.host, forge(acme, globex))
    assert end.error.keys() == {"type", "ref", "code", "message"}
    assert (end.error["type"], end.error["code"], end.close_code) == ("error", "token_invalid", 4401)
    assert end.close_reason == "token_invalid"
    assert rows(acme, "SELECT id FROM chat_user") == []


async def test_an_expired_token_is_told_so(live: LiveServer, acme: Tenancy) -> None:
    end = await turned_away(live, acme.host, signed(acme, exp=int(time.time()) - 60))
    assert (end.error["code"], end.close_code) == ("token_expired", 4401)


async def test_without_a_credential_there_is_no_room(live: LiveServer, acme: Tenancy) -> None:
    end = await turned_away(live, acme.host)
    assert (end.error["code"], end.close_code) == ("token_missing", 4401)
    end = await turned_away(live, acme.host, subprotocols=["parley.v1"])
    assert (end.error["code"], end.close_code) == ("token_missing", 4401)


async def test_an_api_key_is_no_user_token(live: LiveServer, acme: Tenancy) -> None:
    end = await turned_away(live, acme.host, acme.api_key)
    assert (end.error["code"], end.close_code) == ("token_invalid", 4401)


async def test_a_bad_token_is_not_mended_by_a_good_cookie(live: LiveServer, acme: Tenancy) -> None:
    client = await awith_session(live, acme, await acme.aaccount("ann"))
    end = await turned_away(live, acme.host, "garbage", additional_headers=client.cookie_header, origin=client.origin)
    assert end.error["code"] == "token_invalid"


async def test_a_revoked_key_opens_nothing_and_closes_what_it_opened(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        revoke_keys(acme)
        error = await ann.event("error")
        assert (error["code"], await ann.closed()) == ("token_invalid", 4401)
    end = await turned_away(live, acme.host, acme.token("ann"))
    assert (end.error["code"], end.close_code) == ("token_invalid", 4401)


async def test_a_token_in_the_query_never_appears_in_the_log(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    good, foreign, expired = acme.token("ann"), globex.token("ann"), signed(acme, exp=1)
    async with open_socket(live, acme.host, f"/ws/v1?token={good}") as connection:
        await connection.recv()
        await connection.send("{")
        await connection.recv()
    for token in (foreign, expired):
        await turned_away(live, acme.host, path=f"/ws/v1?token={token}")
    await refused(live, "nobody.localhost", f"/ws/v1?token={good}")
    await refused(live, acme.host, f"/ws/v2?token={good}")
    log = live.log()
    for token in (good, foreign, expired):
        assert token.rpartition(".")[2] not in log


# A token's end


async def test_a_token_that_expires_ends_its_socket_then(live: LiveServer, acme: Tenancy) -> None:
    expires_at = int(time.time()) + 2
    token = signed(acme, "ann", exp=expires_at)
    async with open_socket(live, acme.host, subprotocols=["parley.v1", f"bearer.{token}"]) as connection:
        assert json.loads(await connection.recv())["type"] == "hello"
        error = json.loads(await connection.recv())
        ended_at = time.time()
        await connection.wait_closed()
    assert (error["code"], connection.close_code) == ("token_expired", 4401)
    assert expires_at <= ended_at + 0.1


async def test_a_token_may_last_longer_than_any_clock(live: LiveServer, acme: Tenancy) -> None:
    token = signed(acme, "ann", exp=10**400)
    async with open_socket(live, acme.host, subprotocols=["parley.v1", f"bearer.{token}"]) as connection:
        assert json.loads(await connection.recv())["type"] == "hello"
        await connection.send("ping")
        assert await connection.recv() == "pong"


# Hosts, paths, tenants


@pytest.mark.parametrize("host", ["nobody.localhost", "localhost", "127.0.0.1", "acme.example.com"])
async def test_a_host_without_a_tenant_has_no_socket(live: LiveServer, host: str) -> None:
    assert await refused(live, host) == (404, "")


@pytest.mark.parametrize("path", ["/ws/v2", "/ws/v1/", "/ws", "/", "/ws/v1/rooms", "/api/v1/rooms"])
async def test_there_is_one_path_for_sockets(live: LiveServer, standing: Tenancy, path: str) -> None:
    status, _ = await refused(live, standing.host, f"{path}?token={standing.token('ann')}")
    assert status == 404


async def test_a_suspended_tenant_has_no_socket_and_open_ones_end(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        suspend(acme)
        assert (await ann.event("error"))["code"] == "tenant_suspended"
        assert await ann.closed() == 4403
    status, body = await refused(live, acme.host, f"/ws/v1?token={acme.token('ann')}")
    assert status == 403
    assert json.loads(body)["code"] == "tenant_suspended"


# Origins: a browser sends the cookie along from any page


async def test_a_foreign_page_cannot_use_the_cookie(live: LiveServer, acme: Tenancy) -> None:
    client = await awith_session(live, acme, await acme.aaccount("ann"))
    host, port = acme.host, live.port
    foreign: dict[str, dict[str, str]] = {
        "another host": {"Origin": f"http://evil.example:{port}"},
        "a neighbour's host": {"Origin": f"http://globex.localhost:{port}"},
        "the domain above": {"Origin": f"http://localhost:{port}"},
        "a host that begins alike": {"Origin": f"http://{host}.evil.example:{port}"},
        "another port": {"Origin": f"http://{host}:{port + 1}"},
        "no port": {"Origin": f"http://{host}"},
        "another scheme": {"Origin": f"https://{host}:{port}"},
        "a user in front": {"Origin": f"http://{host}:{port}@evil.example"},
        "a path behind": {"Origin": f"http://{host}:{port}/rooms"},
        "null": {"Origin": "null"},
        "missing": {},
    }
    answers = {
        name: await refused(live, host, additional_headers={**client.cookie_header, **origin})
        for name, origin in foreign.items()
    }
    assert {name: (status, json.loads(body)["code"]) for name, (status, body) in answers.items()} == dict.fromkeys(
        foreign, (403, "origin_not_allowed")
    )
    assert rows(acme, "SELECT id FROM chat_user") == []


async def test_an_origin_that_is_none_is_refused(live: LiveServer, acme: Tenancy) -> None:
    client = await awith_session(live, acme, await acme.aaccount("ann"))
    for origin in ("", "http://[", "\\", "app"):
        status, _ = await refused(live, acme.host, additional_headers={**client.cookie_header, "Origin": origin})
        assert status in (400, 403), origin


@pytest.mark.parametrize("origin", ["http://app.customer.example", "null"])
async def test_a_token_may_come_from_any_page(live: LiveServer, acme: Tenancy, origin: str) -> None:
    async with person(live, acme, "ann", origin=origin) as ann:
        assert (await ann.subscribe())["type"] == "ok"


# Cookies


async def test_a_cookie_of_another_tenant_opens_nothing(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    account = await acme.aaccount("ann")
    await globex.awelcome(account)
    client = await awith_session(live, acme, account)
    origin = f"http://{globex.host}:{live.port}"
    end = await turned_away(live, globex.host, additional_headers=client.cookie_header, origin=origin)
    assert (end.error["code"], end.close_code) == ("token_invalid", 4401)
    assert rows(globex, "SELECT id FROM chat_user") == []


NUL_KEY = '"' + "\\000" * 32 + '"'


@pytest.mark.parametrize("value", ["0" * 32, "x", NUL_KEY])
async def test_a_made_up_cookie_opens_nothing(live: LiveServer, acme: Tenancy, value: str) -> None:
    headers = {"Cookie": f"sessionid={value}"}
    origin = f"http://{acme.host}:{live.port}"
    end = await turned_away(live, acme.host, additional_headers=headers, origin=origin)
    assert (end.error["code"], end.close_code) == ("token_invalid", 4401)


async def test_a_cookie_that_was_signed_out_opens_nothing(live: LiveServer, acme: Tenancy) -> None:
    client = await awith_session(live, acme, await acme.aaccount("ann"))
    cookie = client.cookie_header
    assert client.submit("/sign-out", page="/").status == 302
    end = await turned_away(live, acme.host, additional_headers=cookie, origin=client.origin)
    assert (end.error["code"], end.close_code) == ("token_invalid", 4401)


async def test_losing_the_membership_ends_the_socket(live: LiveServer, acme: Tenancy) -> None:
    account = await acme.aaccount("ann")
    client = await awith_session(live, acme, account)
    async with open_socket(
        live, acme.host, additional_headers=client.cookie_header, origin=client.origin
    ) as connection:
        await connection.recv()
        await account.memberships.all().adelete()
        error = json.loads(await asyncio.wait_for(connection.recv(), 5))
        await connection.wait_closed()
    assert (error["code"], connection.close_code) == ("token_invalid", 4401)


async def test_a_deactivated_user_is_not_let_in(live: LiveServer, acme: Tenancy) -> None:
    make_user(acme, "ann")
    change(acme, "UPDATE chat_user SET deactivated_at = now() WHERE id = 'ann'")
    end = await turned_away(live, acme.host, acme.token("ann"))
    assert (end.error["code"], end.close_code) == ("not_allowed", 4403)
