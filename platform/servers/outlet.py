"""The short way from an application to one WebSocket: ready-made frames, written without waiting.

A server that has it puts an ``Outlet`` into ``scope["extensions"]["parley.outlet"]``; without it the
application uses plain ASGI ``send``.
"""

from collections.abc import Iterable
from typing import Protocol

EXTENSION = "parley.outlet"
TOO_SLOW = 4408
TEXT, BINARY = 0x81, 0x82


class Outlet(Protocol):
    """One accepted WebSocket. Every call returns at once, save ``drained``; after the close all are ignored.

    Calls belong to the server's event loop. More than ``Limits.unsent`` bytes unsent close the socket with
    4408, and the application receives ``websocket.disconnect`` with that code.
    """

    @property
    def unsent(self) -> int:
        """Bytes written that the kernel has not taken yet."""

    def write_text(self, payloads: Iterable[bytes]) -> None:
        """Send each payload, UTF-8 already, as one text message; all go out in one write.

        Raises:
            RuntimeError: the socket is not accepted yet.
        """

    def write_frames(self, frames: bytes) -> None:
        """Send complete server frames as they are, such as several ``text_frame`` joined.

        Raises:
            RuntimeError: the socket is not accepted yet.
        """

    async def drained(self) -> None:
        """Wait until the client has taken nearly all of what was written, or is gone.

        For long replays, so that a client that reads as fast as its network can is never cut.
        """

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Start the closing handshake; before the accept, refuse the handshake with 403."""


def text_frame(payload: bytes) -> bytes:
    """One unfragmented, unmasked text message (RFC 6455, section 5.2). ``payload`` is UTF-8."""
    return frame_header(TEXT, len(payload)) + payload


def frame_header(first_byte: int, length: int) -> bytes:
    """What stands before an unmasked payload of ``length`` bytes (RFC 6455, section 5.2)."""
    if length < 126:
        return bytes((first_byte, length))
    if length < 1 << 16:
        return bytes((first_byte, 126)) + length.to_bytes(2, "big")
    return bytes((first_byte, 127)) + length.to_bytes(8, "big")
