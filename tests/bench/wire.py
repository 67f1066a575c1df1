"""WebSocket as a client writes and reads it (RFC 6455), no more than a load generator needs."""

from __future__ import annotations

import base64
import os

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_MASK = os.urandom(4)
_MOST = 4096
_MASK_REPEATED = int.from_bytes(_MASK * (_MOST // 4), "big")


def handshake(host: str, path: str, protocols: str = "") -> bytes:
    """The request that opens a WebSocket."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        *([f"Sec-WebSocket-Protocol: {protocols}"] if protocols else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One masked message of at most 4,096 bytes. The mask is one for the run: nobody here has to be surprised."""
    length = len(payload)
    mask = _MASK_REPEATED >> 8 * (_MOST - length)
    masked = (int.from_bytes(payload, "big") ^ mask).to_bytes(length, "big")
    if length < 126:
        return bytes((0x80 | opcode, 0x80 | length)) + _MASK + masked
    return bytes((0x80 | opcode, 0xFE)) + length.to_bytes(2, "big") + _MASK + masked


def frame_at(data: bytes | bytearray, start: int) -> tuple[int, int, int] | None:
    """Opcode, beginning of the payload and end of the server's frame at ``start``; None if it is not all there.

    Raises ValueError for a fragment or a masked frame, which no server here sends.
    """
    available = len(data) - start
    if available < 2:
        return None
    first, length, begin = data[start], data[start + 1], start + 2
    if not first & 0x80 or length & 0x80:
        raise ValueError("a fragment or a masked frame")
    if length >= 126:
        begin += 2 if length == 126 else 8
        if len(data) < begin:
            return None
        length = int.from_bytes(data[start + 2 : begin], "big")
    end = begin + length
    return (first & 0x0F, begin, end) if end <= len(data) else None
