"""The short way from an application to one WebSocket: ready-made frames, written without waiting.

A server that has it puts an ``Outlet`` into ``scope["extensions"]["parley.outlet"]``; without it the
application uses plain ASGI ``send``.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

EXTENSION = "parley.outlet"
TOO_SLOW = 4408


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

    def listen(self, hears: Callable[[str], bool]) -> None:
        """Have each text message told to ``hears`` as it arrives, with no task in between, unless earlier messages
        wait. What it does not deal with at once, answering False, goes the usual way, to ASGI's ``receive``.
        """

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Start the closing handshake."""
