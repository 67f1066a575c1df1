"""How many statements a connect, a subscribe and a send cost: counted where psycopg sends them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tenants.sessions import SESSION_TENANT, SessionStore
from tests.chat.commands.sockets import Socket
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import make_room
from tests.support.cast import Tenancy

pytestmark = pytest.mark.usefixtures("delivery")


@pytest.fixture
async def session(people: Tenancy) -> str:
    account = await people.aaccount("dora")
    made = SessionStore()
    made[SESSION_KEY], made[BACKEND_SESSION_KEY] = account.pk, "django.contrib.auth.backends.ModelBackend"
    made[HASH_SESSION_KEY], made[SESSION_TENANT] = account.get_session_auth_hash(), people.record.id
    await sync_to_async(made.create)()
    return str(made.session_key)


async def connected_counted(make: Callable[[], Socket]) -> Counter[str]:
    async with make().connected():
        pass  # from now on the host is known and the connections are open
    with counted() as seen:
        async with make().connected() as hello:
            assert hello["type"] == "hello"
    print(dict(seen))
    return seen


async def test_a_connect_by_token_is_one_statement(people: Tenancy) -> None:
    seen = await connected_counted(lambda: Socket(people, token=people.token("ann")))
    assert seen["statements"] == 1


async def test_a_connect_by_cookie_is_at_most_three_statements(people: Tenancy, session: str) -> None:
    seen = await connected_counted(lambda: Socket(people, session=session))
    assert seen["statements"] <= 3


async def test_a_subscribe_is_one_statement(people: Tenancy) -> None:
    socket = Socket(people, token=people.token("ann"))
    async with socket.connected():
        await socket.ask("message.send", room="general", text="hi")
        with counted() as seen:
            answer = await socket.ask("room.subscribe", room="general", since=0)
    assert answer["replayed"] == 1
    assert (seen["statements"], seen["begin"]) == (1, 0)


async def test_a_send_is_one_statement_and_so_one_transaction(people: Tenancy) -> None:
    socket = Socket(people, token=people.token("ann"))
    async with socket.connected():
        await socket.ask("room.subscribe", room="general")
        with counted() as seen:
            assert (await socket.ask("message.send", room="general", text="hi"))["type"] == "ok"
    assert (seen["statements"], seen["begin"], seen["commit"]) == (1, 0, 0)


async def test_a_hundred_sends_at_once_are_hardly_more(people: Tenancy) -> None:
    sockets = [Socket(people, token=people.token(f"user{number}")) for number in range(100)]
    async with AsyncExitStack() as stack:
        for socket in sockets:
            await stack.enter_async_context(socket.connected())
        with counted() as seen:
            await asyncio.gather(*(socket.ask("message.send", room="general", text="hi") for socket in sockets))
    assert seen["statements"] <= 10
    assert seen["begin"] <= 5


async def test_marking_as_read_is_one_statement(people: Tenancy) -> None:
    socket = Socket(people, token=people.token("ann"))
    async with socket.connected():
        await socket.ask("message.send", room="general", text="hi")
        with counted() as seen:
            await socket.ask("read.mark", room="general", seq=1)
    assert (seen["statements"], seen["begin"]) == (1, 0)


async def test_a_refused_subscribe_is_one_statement(people: Tenancy) -> None:
    await make_room(people, "private", "private", "bob")
    socket = Socket(people, token=people.token("ann"))
    async with socket.connected():
        with counted() as seen:
            assert (await socket.ask("room.subscribe", room="private"))["code"] == "not_allowed"
    assert seen["statements"] == 1
