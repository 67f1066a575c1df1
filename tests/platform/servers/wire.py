"""WebSocket on a bare TCP connection, for clients that no library would play."""

import asyncio
import socket
import struct

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


class Wire:
    opened = set()

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer
        self.opened.add(self)

    @classmethod
    def abort_all(cls):
        """End the connections that a test left open."""
        for wire in cls.opened:
            wire._writer.transport.abort()
        cls.opened.clear()

    @classmethod
    async def open(cls, server, *, receive_buffer=None):
        """A plain connection; a small ``receive_buffer`` makes a reader that stops felt early."""
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", server.port))
        return cls(*await asyncio.open_connection(sock=sock, limit=1024 if receive_buffer else 1 << 20))

    @classmethod
    async def connect(cls, server, path, *, headers="", **options):
        """A connection after the opening handshake."""
        wire = await cls.open(server, **options)
        wire.write(HANDSHAKE.format(path=path, more=headers).encode())
        wire.response = (await wire.until(b"\r\n\r\n")).decode()
        return wire

    def write(self, data):
        self._writer.write(data)

    async def drain(self):
        await self._writer.drain()

    async def until(self, end):
        async with asyncio.timeout(10):
            return await self._reader.readuntil(end)

    async def rest(self, seconds=15):
        """All until the server closes or resets the connection."""
        data = b""
        async with asyncio.timeout(seconds):
            try:
                while piece := await self._reader.read(1 << 20):
                    data += piece
            except ConnectionError:
                pass
        return data

    async def frame(self):
        """The next frame as (first byte, payload); the server never masks."""
        async with asyncio.timeout(10):
            first, length = await self._reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack("!H", await self._reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
            return first, await self._reader.readexactly(length)

    async def close_code(self):
        """The code of the close frame, which must come next."""
        first, payload = await self.frame()
        assert first == 0x88, (first, payload)
        return struct.unpack("!H", payload[:2])[0]

    def close(self):
        self._writer.close()


def masked(payload, *, first=0x81, length=None):
    """A client's frame; the mask is zero, which is a mask. ``length`` lies about the payload's."""
    length = len(payload) if length is None else length
    if length < 126:
        header = bytes((first, 0x80 | length))
    elif length < 65536:
        header = bytes((first, 0x80 | 126)) + struct.pack("!H", length)
    else:
        header = bytes((first, 0x80 | 127)) + struct.pack("!Q", length)
    return header + b"\0\0\0\0" + payload
