"""Opening: from a TCP connection to a socket that is where it should be, in a room or ready to send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from tests.bench.wire import TEXT, client_frame, frame_at

_PATIENCE = 60.0
Line = TypeVar("Line", bound=asyncio.Protocol)


@dataclass(frozen=True, slots=True)
class Opening:
    """``steps``: what to say (None: nothing), then how the text that we wait for begins (None: wait for nothing)."""

    request: bytes
    steps: Sequence[tuple[bytes | None, bytes | None]] = field(default=())


class _Opener(asyncio.Protocol):
    def __init__(self, opening: Opening) -> None:
        self.opened: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._request = opening.request
        self._steps = list(opening.steps)
        self._upgraded = False
        self._received = b""
        self._last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            self._go_on()
        except ConnectionError as error:
            if not self.opened.done():
                self.opened.set_exception(error)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"closed while opening; it last said {self._last!r}"))

    def _go_on(self) -> None:
        if not self._upgraded:
            head, found, rest = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(f"refused: {self._received[:300]!r}")
            self._upgraded, self._received = True, rest
            self._say()
        while self._steps and (frame := frame_at(self._received, 0)):
            opcode, begin, end = frame
            payload, self._received = self._received[begin:end], self._received[end:]
            self._last = payload[:200]
            if opcode == TEXT and payload.startswith(self._steps[0][1] or b""):
                del self._steps[0]
                self._say()
        if not self._steps and not self.opened.done():
            self.opened.set_result(self._received)

    def _say(self) -> None:
        while self._steps:
            words, answer = self._steps[0]
            if words is not None:
                self._transport.write(client_frame(words))
            if answer is not None:
                return
            del self._steps[0]


async def open_line(port: int, opening: Opening, make: Callable[[asyncio.Transport], Line]) -> Line:
    """Connect, go through the opening, and hand the line to the protocol that ``make`` makes.

    Raises ConnectionError or TimeoutError.
    """
    async with asyncio.timeout(_PATIENCE):
        transport, opener = await asyncio.get_running_loop().create_connection(
            lambda: _Opener(opening), "127.0.0.1", port
        )
        try:
            rest = await opener.opened
        except BaseException:
            transport.abort()
            raise
    protocol = make(transport)
    transport.set_protocol(protocol)
    if rest:
        protocol.data_received(rest)
    return protocol
