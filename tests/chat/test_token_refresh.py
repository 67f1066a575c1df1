"""``token.refresh``: a socket outlives its token when the same user brings a newer one."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.cast import Tenancy
from tests.support.http import as_server, awith_session
from tests.support.server import LiveServer
from tests.support.sockets import Person, open_socket, person
from tests.support.tables import change, make_room
from tests.support.tokens import signed


@asynccontextmanager
async def bearing(live: LiveServer, tenant: Tenancy, token: str) -> AsyncIterator[Person]:
    async with open_socket(live, tenant.host, subprotocols=["parley.v1", f"bearer.{token}"]) as connection:
        someone = Person(connection)
        assert (await someone.next())["type"] == "hello"
        yield someone


async def refresh(someone: Person, token: str) -> dict[str, Any]:
    return await someone.ask("token.refresh", token=token)


async def test_a_newer_token_carries_the_socket_on_until_it_ends_too(live: LiveServer, acme: Tenancy) -> None:
    first = math.ceil(time.time() + 0.3)
    async with bearing(live, acme, signed(acme, "ann", exp=first)) as ann:
        await ann.subscribe()
        answer = await refresh(ann, signed(acme, "ann", exp=first + 1, name="Ann Marie"))
        assert answer["type"] == "ok"
        await asyncio.sleep(max(0.0, first + 0.1 - time.time()))
        assert (await ann.send("still here"))["type"] == "ok"
        said = await ann.event("message.created")
        assert said["message"]["user"]["name"] == "Ann Marie"
        assert (await ann.event("error"))["code"] == "token_expired"
        assert (await ann.closed(), time.time() >= first + 1) == (4401, True)


async def test_a_token_that_is_none_of_hers_changes_nothing(live: LiveServer, acme: Tenancy, globex: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        for token, code in (
            (acme.token("bob"), "token_invalid"),
            (globex.token("ann"), "token_invalid"),
            (signed(acme, "ann", exp=int(time.time()) - 60), "token_expired"),
            ("garbage", "token_invalid"),
            ("", "invalid"),
            ("a\x00", "invalid"),
            (acme.api_key, "token_invalid"),
        ):
            answer = await refresh(ann, token)
            assert (answer["type"], answer["code"]) == ("error", code)
        assert (await ann.subscribe())["type"] == "ok"


async def test_the_newer_tokens_rooms_hold(live: LiveServer, acme: Tenancy) -> None:
    make_room(acme, "case-7")
    async with person(live, acme, "ann") as ann:
        await ann.subscribe("general")
        await ann.subscribe("case-7")
        assert (await refresh(ann, signed(acme, "ann", rooms=["case-7"])))["type"] == "ok"
        assert (await ann.event("room.unsubscribed"))["room"] == "general"
        assert (await ann.send("hi", "general"))["code"] == "not_allowed"
        assert (await ann.subscribe("general"))["code"] == "not_allowed"
        assert (await ann.send("hi", "case-7"))["type"] == "ok"
        assert (await refresh(ann, acme.token("ann")))["type"] == "ok"
        assert (await ann.subscribe("general"))["type"] == "ok"


async def test_a_revoked_user_is_not_refreshed_with_an_old_token(live: LiveServer, acme: Tenancy) -> None:
    old = acme.token("ann")
    await asyncio.to_thread(as_server(live, acme).post, "/api/v1/users/ann/revoke")
    async with person(live, acme, "ann") as ann:
        assert (await refresh(ann, old))["code"] == "token_invalid"
        assert (await ann.subscribe())["type"] == "ok"


async def test_who_was_deactivated_is_not_refreshed(live: LiveServer, acme: Tenancy) -> None:
    async with person(live, acme, "ann") as ann:
        change(acme, "UPDATE chat_user SET deactivated_at = now()")
        assert await ann.closed() == 4403


async def test_a_cookies_socket_takes_no_token(live: LiveServer, acme: Tenancy) -> None:
    account = await acme.aaccount("ann")
    client = await awith_session(live, acme, account)
    page = {"additional_headers": client.cookie_header, "origin": client.origin}
    async with open_socket(live, acme.host, **page) as connection:
        ann = Person(connection)
        await ann.next()
        assert (await refresh(ann, acme.token(account.id)))["code"] == "not_allowed"
