"""Plays a case to a server on a bare socket, and notes what came back and how it ended."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field

from tests.platform.servers.conformance.case import NORMAL, Pause, Side
from tests.platform.servers.conformance.octets import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame
from tests.platform.servers.wire import HANDSHAKE

PATIENCE = 10
"""Seconds that the server has for each thing that the client waits for."""


@dataclass
class Outcome:
    events: list[tuple] = field(default_factory=list)
    closed_by: Side | None = None
    close_payload: bytes | None = None
    """Of the server's close frame."""

    dropped: bool = False
    """The server ended the TCP connection."""

    violation: str = ""
    """The rule that the server itself broke."""

    @property
    def code(self):
        return struct.unpack("!H", self.close_payload[:2])[0] if self.close_payload else None

    @property
    def over(self):
        return self.close_payload is not None or self.dropped or bool(self.violation)


class Violation(Exception):
    """The server broke a rule."""


async def play(case, port, patience=PATIENCE):
    """The outcome of one case, on a connection of its own."""
    with contextlib.closing(socket.socket()) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        client = Client(sock, patience)
        await client.write(HANDSHAKE.format(path="/echo", more="").encode())
        reading = asyncio.create_task(client.read())
        try:
            await client.play(case)
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
        return client.outcome


class Client:
    def __init__(self, sock, patience):
        self.outcome = Outcome()
        self._sock = sock
        self._patience = patience
        self._open = False
        self._unread = b""
        self._message = b""
        self._kind = ""
        self._news = asyncio.Event()

    async def play(self, case):
        await self._until(lambda: self._open or self.outcome.over)
        if case.closes:
            self.outcome.closed_by = Side.CLIENT
        await self._send(case.steps)
        if not case.closes:
            await self._close(case)
        await self._until(lambda: self.outcome.dropped or self.outcome.violation)

    async def _send(self, steps):
        for step in steps:
            if isinstance(step, Pause):
                await self._until(lambda: self.outcome.over, step.seconds)
                if self.outcome.over:
                    return
                if step.name:
                    self.outcome.events.append(("timeout", step.name))
            else:
                await self.write(step)
                await asyncio.sleep(0)  # or a server in this process never saw the chops one by one

    async def _close(self, case):
        """Close when all that is expected has come, or nothing more does; answer when the server closes."""
        enough = len(case.events) if case.close.by is Side.CLIENT else float("inf")
        await self._until(lambda: self.outcome.over or len(self.outcome.events) >= enough)
        if not self.outcome.over:
            self.outcome.closed_by = Side.CLIENT
        await self.write(close_frame(NORMAL))

    async def write(self, octets):
        with contextlib.suppress(ConnectionError, TimeoutError):  # what the server had to say is read all the same
            async with asyncio.timeout(self._patience):
                await asyncio.get_running_loop().sock_sendall(self._sock, octets)

    async def _until(self, is_so, seconds=None):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience if seconds is None else seconds):
                while not is_so():
                    self._news.clear()
                    await self._news.wait()

    # What the server sends

    async def read(self):
        try:
            await self._read_response()
            while True:
                await self._read_frame()
        except ConnectionError:
            self._end_by_server()
            self.outcome.dropped = True
        except Violation as violation:
            self._end_by_server()
            self.outcome.violation = str(violation)
        finally:
            self._news.set()

    async def _read_response(self):
        while b"\r\n\r\n" not in self._unread:
            await self._read_more()
        response, _, self._unread = self._unread.partition(b"\r\n\r\n")
        check(response.startswith(b"HTTP/1.1 101 "), f"refused the handshake: {response!r}")
        self._open = True
        self._news.set()

    async def _read_frame(self):
        first, second = await self._read_exactly(2)
        check(self.outcome.close_payload is None, "sent octets after its close frame")
        check(not second & 0x80, "masked a frame")
        check(not first & 0x70, "set a reserved bit")
        length = second
        if second == 126:
            (length,) = struct.unpack("!H", await self._read_exactly(2))
        elif second == 127:
            (length,) = struct.unpack("!Q", await self._read_exactly(8))
        check(second < 126 or length > (125 if second == 126 else 65535), "wrote a length longer than need be")
        self._take(first & 0x0F, bool(first & 0x80), await self._read_exactly(length))
        self._news.set()

    def _take(self, opcode, is_last, payload):
        if opcode in {TEXT, BINARY, CONTINUATION}:
            check((opcode == CONTINUATION) == bool(self._kind), "mixed two messages up")
            self._kind = self._kind or {TEXT: "text", BINARY: "binary"}[opcode]
            self._message += payload
            if is_last:
                self._take_message()
        elif opcode in {PING, PONG, CLOSE}:
            check(is_last and len(payload) < 126, "sent a control frame in parts or too large a one")
            self._take_control(opcode, payload)
        else:
            raise Violation(f"sent the opcode {opcode}")

    def _take_message(self):
        check(self._kind == "binary" or is_text(self._message), "sent text that is none")
        self.outcome.events.append((self._kind, self._message))
        self._kind, self._message = "", b""

    def _take_control(self, opcode, payload):
        if opcode == CLOSE:
            check(len(payload) != 1 and is_text(payload[2:]), "sent a close frame without a proper code and reason")
            self._end_by_server()
            self.outcome.close_payload = payload
        else:
            self.outcome.events.append(("ping" if opcode == PING else "pong", payload))

    def _end_by_server(self):
        self.outcome.closed_by = self.outcome.closed_by or Side.SERVER

    async def _read_exactly(self, count):
        while len(self._unread) < count:
            await self._read_more()
        octets, self._unread = self._unread[:count], self._unread[count:]
        return octets

    async def _read_more(self):
        octets = await asyncio.get_running_loop().sock_recv(self._sock, 1 << 17)
        if not octets:
            raise ConnectionResetError
        self._unread += octets


def check(is_so, otherwise):
    if not is_so:
        raise Violation(otherwise)


def is_text(octets):
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
