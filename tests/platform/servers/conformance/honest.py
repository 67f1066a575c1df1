"""A small echoing server that keeps every rule, to be flawed one rule at a time."""

import asyncio
import base64
import codecs
import contextlib
import hashlib
import struct

from tests.platform.servers.conformance.octets import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, masked

LARGEST = 65536
VALID_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}


class Broken(Exception):
    """The client broke a rule; the argument is the close code."""


class Honest:
    """One connection. What it does about each rule is a method."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self._kind = 0
        self._message = b""
        self._decoder = None

    @classmethod
    @contextlib.asynccontextmanager
    async def serve(cls):
        """The port that it listens on."""
        server = await asyncio.start_server(lambda *streams: cls(*streams).talk(), "127.0.0.1", 0, limit=1 << 20)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def talk(self):
        try:
            await self.shake_hands()
            while await self.take_frame():
                pass
        except Broken as broken:
            self.fail(broken.args[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        self.drop()

    async def shake_hands(self):
        request = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        key = request.split("Sec-WebSocket-Key: ")[1].split("\r\n")[0]
        digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
        lines = "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"
        accept = f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}"
        self._writer.write("\r\n".join((*lines, accept, "", "")).encode())

    async def take_frame(self):
        """Whether there may be more."""
        first, second = await self._reader.readexactly(2)
        opcode, is_last, length = first & 0x0F, bool(first & 0x80), second & 0x7F
        self.check_reserved_bits(first & 0x70)
        self.check_opcode(opcode)
        if opcode >= CLOSE:
            self.check_control_frame(is_last, length)
        else:
            self.check_order(opcode)
        if length == 126:
            (length,) = struct.unpack("!H", await self._reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
        self.check_size(length)
        mask = await self._reader.readexactly(4)
        payload = masked(await self._reader.readexactly(length), mask)
        if opcode < CLOSE:
            self.take_data(opcode, is_last, payload)
            return True
        return self.take_control(opcode, payload)

    def take_data(self, opcode, is_last, payload):
        if not self._kind:
            self._kind = opcode
            self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._message += payload
        self.check_size(len(self._message))
        if self._kind == TEXT:
            self.check_text(payload, is_last)
        if is_last:
            self.echo(self._kind, self._message)
            self._kind, self._message = 0, b""

    def take_control(self, opcode, payload):
        if opcode == PING:
            self.answer_ping(payload)
        elif opcode == PONG:
            self.take_pong(payload)
        elif opcode == CLOSE:
            self.check_close(payload)
            self.answer_close(payload)
        return opcode != CLOSE

    # The rules

    def check_reserved_bits(self, bits):
        if bits:
            raise Broken(1002)

    def check_opcode(self, opcode):
        if opcode not in {CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG}:
            raise Broken(1002)

    def check_control_frame(self, is_last, length):
        if not is_last or length > 125:
            raise Broken(1002)

    def check_order(self, opcode):
        if (opcode == CONTINUATION) != bool(self._kind):
            raise Broken(1002)

    def check_size(self, length):
        if length > LARGEST:
            raise Broken(1009)

    def check_text(self, payload, is_last):
        try:
            self._decoder.decode(payload, is_last)
        except UnicodeDecodeError:
            raise Broken(1007) from None

    def check_close(self, payload):
        if len(payload) == 1 or (payload and struct.unpack("!H", payload[:2])[0] not in VALID_CODES):
            raise Broken(1002)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.check_text(payload[2:], True)

    def echo(self, kind, message):
        self.send(kind, message)

    def answer_ping(self, payload):
        self.send(PONG, payload)

    def take_pong(self, payload):
        pass

    def answer_close(self, payload):
        self.send(CLOSE, payload[:2])

    def fail(self, code):
        self.send(CLOSE, struct.pack("!H", code))

    def drop(self):
        self._writer.close()

    def send(self, opcode, payload):
        length = len(payload)
        if length < 126:
            header = struct.pack("!BB", 0x80 | opcode, length)
        elif length < 65536:
            header = struct.pack("!BBH", 0x80 | opcode, 126, length)
        else:
            header = struct.pack("!BBQ", 0x80 | opcode, 127, length)
        self._writer.write(header + payload)
