"""A customer's server: takes HTTP requests on a loopback port and answers as it is told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One request. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def text(self) -> str:
        """The text of the message that it tells of."""
        return str(self.json["data"]["message"]["text"])


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Behaviour = Callable[[Heard], Awaitable[Reply]]


async def _content(heard: Heard) -> Reply:
    return Reply()


@dataclass
class Receiver:
    """``heard`` is every request that came in whole, in order. ``behaviour`` makes the answer; while ``down``,
    connections are cut before anything is read."""

    port: int = 0
    scheme: str = "http"
    heard: list[Heard] = field(default_factory=list)
    behaviour: Behaviour = _content
    down: bool = False

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/events"

    def always(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer so from now on."""

        async def behave(heard: Heard) -> Reply:
            return Reply(status, body, headers)

        self.behaviour = behave

    def texts(self, room: str = "general") -> list[str]:
        return [heard.text for heard in self.heard if heard.json["data"]["room"] == room]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not self.down:
                await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        heard = Heard(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))
        self.heard.append(heard)
        reply = await self.behaviour(heard)
        fields = {"Content-Length": str(len(reply.body)), "Connection": "close", **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        writer.write("\r\n".join(lines).encode("latin-1") + reply.body)
        await writer.drain()


@asynccontextmanager
async def receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that lives as long as the block."""
    made = Receiver(scheme="https" if tls else "http")
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
