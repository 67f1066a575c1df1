"""Line: one person's WebSocket, read and written with as little as a crowd of thousands can afford."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from pydantic_core import from_json

from tests.bench.opening import Opening, open_line
from tests.bench.wire import CLOSE, PING, PONG, TEXT, client_frame, frame_at, handshake
from tests.faults.stage import StageTenant
from tests.support.server import LiveServer

Frame = dict[str, Any]
_PATIENCE = 30.0
_HELLO = b'{"type":"hello"'
Hear = Callable[[bytes], None]
Answered = Callable[[Frame], None]
_ANSWERS = (b'{"type":"ok"', b'{"type":"error"')


class Cut(ConnectionError):
    """The line is, or an answer did not come in time."""


class Line(asyncio.Protocol):
    """``hear`` is given the payload of each text frame that is no answer, and ``answered`` each answer, before what
    follows it is heard. What they raise ends the line, and ``ended``."""

    def __init__(self, transport: asyncio.Transport, hear: Hear, answered: Answered | None = None) -> None:
        self.transport = transport
        self.close_code: int | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hear = hear
        self._answered = answered or self._take_answer
        self._rest = b""
        self._answer: asyncio.Future[Frame] | None = None
        self._ref = 0
        self._hung_up = False

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """One command at a time; its answer, ok or error. Raises Cut."""
        self._ref += 1
        self._answer = asyncio.get_running_loop().create_future()
        self.say({"type": kind, "ref": self._ref, **fields})
        try:
            async with asyncio.timeout(_PATIENCE):  # ``wait_for`` may lose a cancel that comes together with the answer
                return await self._answer
        except TimeoutError:
            raise Cut(f"no answer in {_PATIENCE:g} s") from None

    def say(self, command: Frame) -> None:
        """Raises Cut."""
        self.say_bytes(json.dumps(command).encode())

    def say_bytes(self, payload: bytes) -> None:
        """Whatever it is. Raises Cut."""
        if self.transport.is_closing():
            raise Cut("the line is cut")
        self.transport.write(client_frame(payload))

    def hang_up(self) -> None:
        """Without a word."""
        self._hung_up = True
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            self._read(self._rest + data if self._rest else data)
        except Exception as error:  # noqa: BLE001 - the event loop would only log it
            self._end(error)
            self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self.close_code is None and not self._hung_up:
            self.close_code = 1006  # RFC 6455, 7.1.5
        self._end(None)

    def _end(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None) if error is None else self.ended.set_exception(error)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Cut("cut before the answer"))

    def _read(self, data: bytes) -> None:
        start = 0
        while frame := frame_at(data, start):
            opcode, begin, end = frame
            start = end
            self._take(opcode, data[begin:end])
        self._rest = data[start:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            if payload.startswith(_ANSWERS):
                self._answered(from_json(payload))
            else:
                self._hear(payload)
        elif opcode == PING:
            self.transport.write(client_frame(payload, PONG))
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big")
            self.transport.write(client_frame(payload[:2], CLOSE))

    def _take_answer(self, answer: Frame) -> None:
        if self._answer is not None and not self._answer.done() and answer.get("ref") == self._ref:
            self._answer.set_result(answer)


async def connect(
    server: LiveServer, tenant: StageTenant, user_id: str, hear: Hear, answered: Answered | None = None
) -> Line:
    """Greeted. Raises ConnectionError or TimeoutError."""
    protocols = f"parley.v1, bearer.{tenant.token(user_id)}"
    opening = Opening(handshake(f"{tenant.host}:{server.port}", "/ws/v1", protocols), [(None, _HELLO)])
    async with asyncio.timeout(_PATIENCE):
        return await open_line(server.port, opening, lambda transport: Line(transport, hear, answered))
