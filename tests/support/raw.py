"""A request line by line, for what no HTTP client would send."""

from __future__ import annotations

import socket
from http.client import HTTPResponse

from tests.support.http import Answer
from tests.support.server import LiveServer

_PATIENCE = 20.0
_UPGRADE = (
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version: 13",
)


def get(server: LiveServer, *header_lines: bytes, path: bytes = b"/") -> Answer:
    """A GET with exactly these header lines."""
    return _exchange(server, path, *header_lines, b"Connection: close")


def handshake(server: LiveServer, *header_lines: bytes, path: bytes = b"/ws/v1") -> Answer:
    """The same as a WebSocket's opening handshake (RFC 6455 section 4.1)."""
    return _exchange(server, path, *header_lines, *_UPGRADE)


def _exchange(server: LiveServer, path: bytes, *header_lines: bytes) -> Answer:
    with socket.create_connection(("127.0.0.1", server.port), _PATIENCE) as connection:
        connection.sendall(b"\r\n".join((b"GET %s HTTP/1.1" % path, *header_lines, b"", b"")))
        answer = HTTPResponse(connection, method="GET")
        answer.begin()
        return Answer(answer.status, answer.msg, answer.read())
