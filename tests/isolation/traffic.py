"""Everybody at once: sockets, requests and pages of all tenants, mixed, many of them cut off in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress

import redis.asyncio as redis
import websockets
from websockets.asyncio.client import ClientConnection

from tests.isolation.cast import PEOPLE, Twin
from tests.isolation.observer import Observer
from tests.support.server import LiveServer
from tests.support.sockets import open_socket

PLACES = ("frame", "rest", "page", "console", "sign-in", "database", "redis")
_PATIENCE = 30.0
_GONE = (websockets.WebSocketException, OSError)


class Traffic:
    """One run against one server. ``seed`` fixes who is cut off when."""

    def __init__(self, server: LiveServer, twins: Sequence[Twin], observer: Observer, seed: int = 1) -> None:
        self._server = server
        self._twins = twins
        self._observer = observer
        self._random = random.Random(seed)
        self.cut_sockets = 0
        self.cut_requests = 0

    async def run(self, rounds: int) -> None:
        """Until everybody has done all they do ``rounds`` times; then read the database."""
        async with self._listening_to_redis():
            lives = [self._on_sockets(twin, user_id, rounds) for twin in self._twins for user_id in PEOPLE]
            lives += [self._on_http(twin, rounds) for twin in self._twins]
            await asyncio.gather(*lives)
        await asyncio.to_thread(self._observer.read_database, os.environ["DATABASE_URL"])

    # Sockets

    async def _on_sockets(self, twin: Twin, user_id: str, rounds: int) -> None:
        for turn in range(rounds):
            try:
                async with self._socket(twin, user_id, by_cookie=user_id == PEOPLE[-1]) as socket:
                    await self._talk(twin, socket, to_be_cut=turn % 2 == 0)
            except websockets.InvalidStatus as refused:
                self._observer.refused(twin.schema_name, "handshake", str(refused.response.status_code))
            except _GONE:
                pass

    def _socket(self, twin: Twin, user_id: str, *, by_cookie: bool) -> websockets.connect:
        if by_cookie:
            origin = f"http://{twin.host}:{self._server.port}"
            headers = {"Cookie": f"sessionid={twin.session}"}
            return open_socket(self._server, twin.host, origin=origin, additional_headers=headers, close_timeout=1)
        protocols = ["parley.v1", f"bearer.{twin.tenancy.token(user_id, name=twin.name(user_id))}"]
        return open_socket(self._server, twin.host, subprotocols=protocols, close_timeout=1)

    async def _talk(self, twin: Twin, socket: ClientConnection, *, to_be_cut: bool) -> None:
        hello = await self._next(twin, socket)
        if hello["type"] != "hello":
            self._observer.refused(twin.schema_name, "socket", str(hello["code"]))
            return
        for frame in _script(twin):
            await socket.send(json.dumps(frame))
            if frame["type"] == "room.subscribe":
                await self._next(twin, socket)
        if to_be_cut:
            await asyncio.sleep(self._random.uniform(0, 0.03))
            socket.transport.abort()
            self.cut_sockets += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(self._random.uniform(0.1, 0.4)):
                while True:
                    await self._next(twin, socket)

    async def _next(self, twin: Twin, socket: ClientConnection) -> dict[str, object]:
        text = await socket.recv()
        self._observer.saw(twin.schema_name, "frame", text)
        frame: dict[str, object] = json.loads(text)
        return frame

    # Requests and pages

    async def _on_http(self, twin: Twin, rounds: int) -> None:
        for _ in range(rounds):
            for place, request in _requests(twin):
                if self._random.random() < 0.3:
                    await self._cut(request)
                answer = await self._ask(request)
                self._observer.saw(twin.schema_name, place, answer)
                status = answer.split(b" ", 2)[1].decode()
                if status not in {"200", "201", "204", "409"}:  # 409: the room is there from the last round
                    self._observer.refused(twin.schema_name, place, status)

    async def _ask(self, request: bytes) -> bytes:
        async with asyncio.timeout(_PATIENCE), self._connection(request) as reader:
            return await reader.read()

    async def _cut(self, request: bytes) -> None:
        async with self._connection(request):
            await asyncio.sleep(self._random.uniform(0, 0.02))
        self.cut_requests += 1

    @asynccontextmanager
    async def _connection(self, request: bytes) -> AsyncIterator[asyncio.StreamReader]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        try:
            writer.write(request)
            yield reader
        finally:
            writer.transport.abort()

    # Redis

    @asynccontextmanager
    async def _listening_to_redis(self) -> AsyncIterator[None]:
        async with redis.from_url(os.environ["REDIS_URL"], socket_timeout=None) as client, client.pubsub() as all_of_it:
            await all_of_it.psubscribe("*")
            listening = asyncio.create_task(self._listen(all_of_it))
            try:
                yield
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self, all_of_it: redis.client.PubSub) -> None:
        async for message in all_of_it.listen():
            if message["type"] == "pmessage":
                self._observer.rang(message["channel"].decode(), message["data"])


def _script(twin: Twin) -> Iterator[dict[str, object]]:
    """What a person says on one socket; the same for all, but for the words."""
    yield {"type": "room.subscribe", "ref": 1, "room": "general", "since": 0}
    for ref in range(2, 5):
        yield {"type": "message.send", "ref": ref, "room": "general", "text": twin.text(), "client_id": twin.text()}
    yield {"type": "typing.start", "ref": 5, "room": "general"}
    yield {"type": "read.mark", "ref": 6, "room": "general", "seq": 1}


def _requests(twin: Twin) -> Iterator[tuple[str, bytes]]:
    bearer, cookie = f"Authorization: Bearer {twin.tenancy.api_key}", f"Cookie: sessionid={twin.session}"
    room = {"id": "backroom", "kind": "open", "name": twin.canary, "topic": twin.canary}
    message = {"text": twin.text(), "user": "u1", "client_id": twin.text()}
    yield "rest", _request(twin, "PUT", "/api/v1/users/u1", bearer, {"name": twin.name("u1")})
    yield "rest", _request(twin, "POST", "/api/v1/rooms", bearer, room)
    yield "rest", _request(twin, "POST", "/api/v1/rooms/general/messages", bearer, message)
    yield "sign-in", _request(twin, "GET", "/sign-in", "Accept: */*")
    yield "page", _request(twin, "GET", "/", cookie)
    yield "rest", _request(twin, "GET", "/api/v1/rooms/general/messages?limit=20", bearer)
    yield "console", _request(twin, "GET", "/admin/messages/", cookie)
    yield "rest", _request(twin, "GET", "/api/v1/users", bearer)
    yield "page", _request(twin, "GET", "/rooms/backroom", cookie)
    yield "rest", _request(twin, "GET", "/api/v1/rooms", bearer)


def _request(twin: Twin, method: str, path: str, header: str, body: object = None) -> bytes:
    content = json.dumps(body).encode() if body is not None else b""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {twin.host}",
        header,
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content
