"""Asker: one HTTP connection, kept alive, that asks one thing after another."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import cast

from tests.bench.histogram import Histogram


class BadAnswer(Exception):
    """An answer other than a 200 with a length."""


class Asker(asyncio.Protocol):
    def __init__(self) -> None:
        self.latencies = Histogram()
        self._received = bytearray()
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer. Raises BadAnswer."""
        self._answer = asyncio.get_running_loop().create_future()
        begun = perf_counter()
        self._transport.write(request)
        body = await self._answer
        self.latencies.add(perf_counter() - begun)
        return body

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._answer is None:
            return
        length = _length(head)
        if length is None:
            self._fail(f"{bytes(self._received[:500])!r}")
        elif len(body) >= length:
            self._received.clear()
            self._answer.set_result(bytes(body))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail("the connection was closed")

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(BadAnswer(why))


def _length(head: bytearray) -> int | None:
    lines = bytes(head).lower().split(b"\r\n")
    if not lines[0].startswith(b"http/1.1 200"):
        return None
    return next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), None)
