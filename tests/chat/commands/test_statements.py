"""How many statements a connect, a subscribe and a send cost: counted where psycopg sends them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from chat.commands import messages
from chat.delivery.process import start_delivery, stop_delivery
from chat.queries.timeline import read_events, read_heads
from chat.socket.consumer import room_socket
from tenants.middleware import TenantSocketMiddleware
from tenants.sessions import SESSION_TENANT, SessionStore
from tests.chat.commands.statements import counted
from tests.chat.commands.stored import make_room
from tests.chat.delivery.standins import Layer
from tests.support.cast import Tenancy

Frame = dict[str, Any]
application = TenantSocketMiddleware(room_socket)


class Socket:
    """A client without a server between: ASGI messages in and out."""

    def __init__(self, tenancy: Tenancy, *, token: str | None = None, session: str | None = None) -> None:
        headers = [(b"host", tenancy.host.encode())]
        if session is not None:
            headers += [(b"cookie", f"sessionid={session}".encode()), (b"origin", f"http://{tenancy.host}".encode())]
        subprotocols = ["parley.v1"] + ([f"bearer.{token}"] if token else [])
        self.scope = {"headers": headers, "subprotocols": subprotocols, "query_string": b"", "extensions": {}}
        self._incoming: asyncio.Queue[Frame] = asyncio.Queue()
        self._outgoing: asyncio.Queue[Frame] = asyncio.Queue()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Frame]:
        """Greeted; the ``hello``."""
        self._incoming.put_nowait({"type": "websocket.connect"})
        serving = asyncio.create_task(application(self.scope, self._incoming.get, self._send))
        yield await self._next()
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await serving

    async def ask(self, kind: str, **fields: Any) -> Frame:
        command = json.dumps({"type": kind, "ref": kind, **fields})
        self._incoming.put_nowait({"type": "websocket.receive", "text": command})
        while (answer := await self._next()).get("ref") != kind:
            pass
        return answer

    async def _send(self, message: Frame) -> None:
        if message["type"] == "websocket.send":
            self._outgoing.put_nowait(json.loads(message["text"]))

    async def _next(self) -> Frame:
        return await asyncio.wait_for(self._outgoing.get(), 10)


@pytest.fixture(autouse=True)
async def delivery() -> AsyncIterator[None]:
    start_delivery(Layer(), read_events, read_heads)
    yield
    await messages.writer().drain()
    await stop_delivery()


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
