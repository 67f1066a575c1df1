"""Outlet: one socket's way out. Writing never waits; what a reader leaves unread is bounded.

A server that offers the ``parley.outlet`` scope extension takes ready-made frames straight to its transport and
watches the bound itself. On any other ASGI server a queue and one task stand in.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from chat.delivery.batch import Batch
from kit.errors import READER_TOO_SLOW

log = structlog.get_logger(__name__)
MOST_UNSENT = 1 << 20  # bytes

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Outlet(Protocol):
    """A socket as delivery sees it."""

    def write(self, batch: Batch) -> None:
        """Hand over a batch; never waits, never raises for a socket that is gone."""

    async def drained(self) -> None:
        """Wait until the reader has taken nearly all of what was written, or is gone: between parts of what is long."""

    def listen(self, hears: Callable[[str], bool]) -> None:
        """See ``servers.outlet``; where a server cannot do it, everything goes the usual way."""

    def close(self, code: int, reason: str) -> None:
        """End the socket after what was written before."""


def outlet_for(scope: dict[str, Any], send: Send) -> Outlet:
    transport = scope.get("extensions", {}).get("parley.outlet")
    return TransportOutlet(transport) if transport is not None else QueueOutlet(send)


class TransportOutlet:
    """Frames straight to the server's transport."""

    __slots__ = ("_write_frames", "close", "drained", "listen")

    def __init__(self, transport: Any) -> None:
        self._write_frames = transport.write_frames
        self.drained = transport.drained
        self.listen = transport.listen
        self.close = transport.close

    def write(self, batch: Batch) -> None:
        self._write_frames(batch.wire)


class QueueOutlet:
    """Plain ASGI ``send``, one task behind a bounded queue."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[dict[str, Any]] = deque()
        self._unsent = 0
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def write(self, batch: Batch) -> None:
        if self._closing:
            return
        for payload in batch.payloads:
            self._waiting.append({"type": "websocket.send", "text": payload.decode()})
            self._unsent += len(payload)
        if self._unsent > MOST_UNSENT:
            self._waiting.clear()
            self.close(READER_TOO_SLOW, "reader too slow")
            return
        self._pump()

    async def drained(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])

    def listen(self, hears: Callable[[str], bool]) -> None: ...

    def close(self, code: int, reason: str) -> None:
        if not self._closing:
            self._closing = True
            self._waiting.append({"type": "websocket.close", "code": code, "reason": reason})
            self._pump()

    def _pump(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send_waiting())

    async def _send_waiting(self) -> None:
        while self._waiting:
            message = self._waiting.popleft()
            try:
                await self._send(message)
            except Exception:  # noqa: BLE001 - servers raise errors of their own for a socket that is gone
                self._closing = True
                self._waiting.clear()
                return
            self._unsent -= len(message.get("text", "").encode())
