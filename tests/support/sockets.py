"""A person on a WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.support.cast import Tenancy
from tests.support.server import LiveServer

Frame = dict[str, Any]
_PATIENCE = 10.0


class Person:
    """One open socket; every frame it was ever sent is in ``heard``."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.heard: list[Frame] = []
        self.hello: Frame = {}
        self._passed = 0
        self._ref = 0

    async def next(self, patience: float = _PATIENCE) -> Frame:
        """The next frame, in order."""
        if self._passed == len(self.heard):
            text = await asyncio.wait_for(self.connection.recv(), patience)
            self.heard.append({"type": "pong"} if text == "pong" else json.loads(text))
        self._passed += 1
        return self.heard[self._passed - 1]

    async def until(self, wanted: Callable[[Frame], bool], patience: float = _PATIENCE) -> Frame:
        async with asyncio.timeout(patience):
            while not wanted(frame := await self.next(patience)):
                pass
        return frame

    async def event(self, kind: str, patience: float = _PATIENCE, **fields: Any) -> Frame:
        """The next frame of that type with those fields; others are passed over (and stay in ``heard``)."""
        wanted = {"type": kind, **fields}
        return await self.until(lambda frame: wanted.items() <= frame.items(), patience)

    async def say(self, kind: str, **fields: Any) -> int:
        """Send a command without waiting; its ref."""
        self._ref += 1
        await self.connection.send(json.dumps({"type": kind, "ref": self._ref, **fields}))
        return self._ref

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a command; its answer, ok or error. Events that come before it stay in ``heard``."""
        ref = await self.say(kind, **fields)
        for frame in self.heard[self._passed :]:
            if frame.get("ref") == ref:
                return frame
        while True:
            text = await asyncio.wait_for(self.connection.recv(), _PATIENCE)
            frame = {"type": "pong"} if text == "pong" else json.loads(text)
            self.heard.append(frame)
            if frame.get("ref") == ref:
                return frame

    async def answers(self, refs: list[int]) -> list[Frame]:
        """The answers to several commands, in the order of ``refs``, in whatever order they came."""
        found: dict[int, Frame] = {}
        while len(found) < len(refs):
            frame = await self.next()
            if frame.get("ref") in refs:
                found[frame["ref"]] = frame
        return [found[ref] for ref in refs]

    async def subscribe(self, room: str = "general", **fields: Any) -> Frame:
        return await self.ask("room.subscribe", room=room, **fields)

    async def send(self, text: str, room: str = "general", **fields: Any) -> Frame:
        return await self.ask("message.send", room=room, text=text, **fields)

    async def listen(self, seconds: float) -> None:
        """Gather whatever comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.next()
        except TimeoutError:
            pass

    async def closed(self, patience: float = _PATIENCE) -> int:
        """Wait until the server ends the socket; the close code."""
        try:
            async with asyncio.timeout(patience):
                while True:
                    await self.next(patience)
        except websockets.ConnectionClosed:
            return int(self.connection.close_code or 0)

    def durable(self, room: str = "general") -> list[Frame]:
        """The room's durable events as they came."""
        return [frame for frame in self.heard if frame.get("room") == room and "seq" in frame and _durable(frame)]

    def texts(self, room: str = "general") -> list[str]:
        return [frame["message"]["text"] for frame in self.durable(room) if frame["type"] == "message.created"]


def _durable(frame: Frame) -> bool:
    return frame["type"].startswith(("message.", "member.", "room."))


@asynccontextmanager
async def person(
    server: LiveServer, tenant: Tenancy, user_id: str = "u1", *, name: str | None = None, **options: Any
) -> AsyncIterator[Person]:
    """Connected with a user token, greeted."""
    protocols = ["parley.v1", f"bearer.{tenant.token(user_id, name=name)}"]
    async with open_socket(server, tenant.host, subprotocols=protocols, **options) as connection:
        someone = Person(connection)
        someone.hello = await someone.next()
        assert someone.hello["type"] == "hello", someone.hello
        yield someone


def open_socket(server: LiveServer, host: str, path: str = "/ws/v1", **options: Any) -> connect:
    """A raw connection to ``host``, which need not resolve."""
    options.setdefault("compression", None)
    return connect(f"ws://{host}:{server.port}{path}", host="127.0.0.1", **options)
