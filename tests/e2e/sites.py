"""Customers' sites: pages of other origins than the organisation's, each with its own Content-Security-Policy."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Page = str | Callable[[], str]


class Site:
    """``pages`` by path, each its text or what makes it; ``asked`` are the paths that were asked for."""

    def __init__(self, host: str, policy: str) -> None:
        self.pages: dict[str, Page] = {}
        self.policy = policy
        self.asked: list[str] = []
        self._host = host
        self._port = 0

    @property
    def origin(self) -> str:
        return f"http://{self._host}:{self._port}"

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Site]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
        self._port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _answer(self, reader: StreamReader, writer: StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        path = request.split(b" ", 2)[1].decode()
        self.asked.append(path)
        page = self.pages.get(path)
        body = (page() if callable(page) else page or "").encode()
        kind = "text/html" if path == "/" else "text/plain"
        head = [
            f"HTTP/1.1 {'404 Not Found' if page is None else '200 OK'}",
            f"Content-Type: {kind}; charset=utf-8",
            f"Content-Security-Policy: {self.policy}",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        writer.close()
