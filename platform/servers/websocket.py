"""One WebSocket, whatever server carries it (RFC 6455): bounds both ways, heartbeat, closing handshake.

It is also the ``servers.outlet.Outlet`` that applications get.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum
from time import monotonic
from typing import Protocol

from servers.asgi import Message, Scope
from servers.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameReader,
    Violation,
    close_code_and_reason,
    close_frame,
    control_frame,
    frame_header,
    text_frame,
)
from servers.handshake import BadHandshake, Handshake, denial
from servers.headers import checked_headers
from servers.inbox import Inbox
from servers.outlet import EXTENSION, TOO_SLOW
from servers.switchboard import Switchboard

ABNORMAL = 1006
INTERNAL_ERROR = 1011
RESTARTING = 1012


class Line(Protocol):
    """The connection below, as its server has it."""

    def about(self) -> Scope:
        """The part of ASGI's scope that the connection determines."""

    def write(self, data: bytes) -> None: ...

    def unsent(self) -> int:
        """Bytes written that the kernel has not taken."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def write_eof(self) -> None:
        """Say after all that was written that nothing follows; go on reading where that is possible."""

    def close(self) -> None:
        """Close after all that was written."""

    def abort(self) -> None: ...


class State(Enum):
    CONNECTING = 1
    OPEN = 2
    CLOSING = 3
    """Our close frame is written; what the application still writes is dropped."""
    OVER = 4
    """Nothing more is read or written."""


class WebSocket:
    """One client, from its handshake request to the loss of its connection.

    The application is told of the end once, when it is decided and not when the client has answered.
    """

    __slots__ = (
        "_denial",
        "_frames",
        "_handshake",
        "_heard_at",
        "_hears",
        "_inbox",
        "_line",
        "_paused",
        "_pinged_at",
        "_reader",
        "_switchboard",
        "_told",
        "_writable",
        "state",
    )

    def __init__(self, line: Line, switchboard: Switchboard) -> None:
        limits = switchboard.limits
        self.state = State.CONNECTING
        self._line = line
        self._switchboard = switchboard
        self._handshake: Handshake | None = None
        self._denial: tuple[int, list[tuple[bytes, bytes]], list[bytes]] | None = None
        self._inbox = Inbox(limits.waiting_frames, self._resume_soon)
        self._reader = FrameReader(limits.message)
        self._hears: Callable[[str], bool] | None = None
        self._frames: list[bytes] = []
        self._writable: asyncio.Event | None = None
        self._paused = self._told = False
        self._heard_at = monotonic()
        self._pinged_at: float | None = None
        switchboard.connected(self)

    # The handshake

    def _open(self, request: bytes) -> None:
        try:
            self._handshake = Handshake(request)
        except BadHandshake as bad:
            self._end_with(bad.answer)
            return
        scope = self._handshake.scope()
        scope.update(self._line.about())
        scope["extensions"] = {"websocket.http.response": {}, EXTENSION: self}
        self._inbox.put({"type": "websocket.connect"})
        self._switchboard.run(self, scope)

    def _accept(self, message: Message) -> None:
        handshake = self._undecided()
        answer = handshake.acceptance(message.get("subprotocol"), checked_headers(message.get("headers", ())))
        self._line.write(answer)
        self._handshake = None
        self.state = State.OPEN
        self._read()

    def _start_denial(self, message: Message) -> None:
        self._undecided()
        self._denial = (message["status"], checked_headers(message.get("headers", ())), [])

    def _continue_denial(self, message: Message) -> None:
        if self.state is not State.CONNECTING or self._denial is None:
            raise RuntimeError("websocket.http.response.start must come first")
        status, headers, body = self._denial
        body.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._end_with(denial(status, headers, b"".join(body)))

    def _undecided(self) -> Handshake:
        if self._handshake is None or self._denial is not None:
            raise RuntimeError("The WebSocket was accepted or refused already")
        return self._handshake

    def _end_with(self, answer: bytes) -> None:
        """No WebSocket comes of it."""
        self._line.write(answer)
        self.state = State.OVER
        self._tell(ABNORMAL)
        self._line.close()
        self._abort_later()

    # In-bound: from the client to the application

    def data_received(self, data: bytes) -> None:
        self._heard_at = monotonic()
        self._pinged_at = None
        if self.state is State.CONNECTING:
            self._received_early(data)
        elif self.state is not State.OVER:
            self._reader.feed(data)
            self._read()

    def _received_early(self, data: bytes) -> None:
        if self._handshake is None:
            self._open(data)
            return
        self._reader.feed(data)  # frames before our answer to the handshake may wait
        if self._reader.waiting > self._switchboard.limits.message:
            self._line.abort()

    @property
    def receive(self) -> Callable[[], Awaitable[Message]]:
        """ASGI's ``receive``."""
        return self._inbox.get

    @property
    def waiting(self) -> int:
        """Messages that the application has not taken."""
        return len(self._inbox)

    def listen(self, hears: Callable[[str], bool]) -> None:
        self._hears = hears

    def _read(self) -> None:
        try:
            while not self._paused and self.state is not State.OVER and (frame := self._reader.read()) is not None:
                self._take(*frame)
        except Violation as violation:
            self._fail(violation)

    def _take(self, opcode: int, payload: str | bytes) -> None:
        if isinstance(payload, str):
            if self._hears is None or self._inbox or self._told or not self._hears(payload):
                self._put({"type": "websocket.receive", "text": payload})
        elif opcode == BINARY:
            self._put({"type": "websocket.receive", "bytes": payload})
        elif opcode == PING:
            if self.state is State.OPEN:
                self._write(control_frame(PONG, payload))
        elif opcode == CLOSE:
            self._closed_by_client(payload)

    def _put(self, message: Message) -> None:
        if self._told:
            return
        self._inbox.put(message)
        if self._inbox.hold_if_full():
            self._paused = True
            self._line.pause_reading()

    def _resume_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._heard_at = monotonic()
            self._read()
            if not self._paused and self.state is not State.OVER:
                self._line.resume_reading()

    # Out-bound: from the application to the client

    async def send(self, message: Message) -> None:
        """ASGI's ``send``; nothing is sent after the end."""
        kind = message["type"]
        if self._told:
            return
        if kind == "websocket.send":
            text = message.get("text")
            payload = message["bytes"] if text is None else text.encode()
            self.write_frames(frame_header(BINARY if text is None else TEXT, len(payload)) + payload)
        elif kind == "websocket.close":
            self._refuse_or_close(403, message.get("code") or 1000, message.get("reason") or "")
        elif kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.http.response.start":
            self._start_denial(message)
        elif kind == "websocket.http.response.body":
            self._continue_denial(message)
        else:
            raise ValueError(f"A WebSocket cannot send {kind}")

    def write_text(self, payloads: Iterable[bytes]) -> None:
        self.write_frames(b"".join(map(text_frame, payloads)))

    def write_frames(self, frames: bytes) -> None:
        if self.state is State.OPEN:
            if not self._frames:
                self._switchboard.flush_soon(self)
            self._frames.append(frames)
        elif self.state is State.CONNECTING:
            raise RuntimeError("The WebSocket is not accepted yet")

    _write = write_frames

    def flush(self) -> None:
        frames = self._frames
        if frames and self.state is not State.OVER:
            self._frames = []
            self._line.write(frames[0] if len(frames) == 1 else b"".join(frames))
            if self.state is State.OPEN and self._line.unsent() > self._switchboard.limits.unsent:
                # Some transports write only between two turns of the loop.
                asyncio.get_running_loop().call_soon(self._cut_if_slow)

    def _cut_if_slow(self) -> None:
        if self._line.unsent() > self._switchboard.limits.unsent:
            self.close(TOO_SLOW, "reader too slow")

    @property
    def unsent(self) -> int:
        return self._line.unsent() + sum(map(len, self._frames))

    def pause_writing(self) -> None:
        """The transport's buffer fills."""
        if self._writable is None:
            self._writable = asyncio.Event()

    def resume_writing(self) -> None:
        """It is nearly empty again."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    async def drained(self) -> None:
        self.flush()
        if self._writable is not None:
            await self._writable.wait()

    # The end

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Start the closing handshake; the client has ``close_seconds`` for it."""
        if self.state is not State.OPEN:
            return
        self.write_frames(close_frame(code, reason))
        self.flush()
        self.state = State.CLOSING
        self._tell(code, reason)
        self._abort_later()
        if self._paused:  # to hear the answer to our close frame
            self._resume_soon()

    def application_ended(self, error: BaseException | None) -> None:
        self._refuse_or_close(500, INTERNAL_ERROR if error else 1000)

    def go_away(self) -> None:
        self._refuse_or_close(503, RESTARTING, "server restarting")

    def _refuse_or_close(self, status: int, code: int, reason: str = "") -> None:
        if self.state is State.CONNECTING:
            self._end_with(denial(status))
        else:
            self.close(code, reason)

    def _closed_by_client(self, payload: bytes) -> None:
        code, reason = close_code_and_reason(payload)
        if self.state is State.OPEN:
            self._write(close_frame(code, ""))
            self.flush()
            self._tell(code, reason)
            self._abort_later()
        self.state = State.OVER
        self._line.close()

    def _fail(self, violation: Violation) -> None:
        """RFC 6455 section 7.1.7. What the client still sends is read and dropped, or the kernel would answer it with
        a reset, and the client might not see the close frame."""
        self.close(violation.code, violation.reason)
        self.state = State.OVER
        self._line.write_eof()

    def _abort_later(self) -> None:
        asyncio.get_running_loop().call_later(self._switchboard.limits.close_seconds, self._line.abort)

    def check_timeouts(self) -> None:
        now, limits = monotonic(), self._switchboard.limits
        if self.state is State.CONNECTING:
            if now - self._heard_at >= limits.handshake_seconds:
                self._line.abort()
        elif self.state is not State.OPEN or self._paused:  # while paused it is we who do not listen
            pass
        elif self._pinged_at is None:
            if now - self._heard_at >= limits.ping_interval:
                self._pinged_at = now
                self._write(control_frame(PING, b""))
        elif now - self._pinged_at >= limits.ping_timeout:
            self._line.abort()

    def lost(self) -> None:
        """The connection is gone."""
        self.state = State.OVER
        self._tell(ABNORMAL)
        self._switchboard.disconnected(self)

    def _tell(self, code: int, reason: str = "") -> None:
        if not self._told:
            self._told = True
            self._hears = None
            self._inbox.put({"type": "websocket.disconnect", "code": code, "reason": reason})
            self.resume_writing()
