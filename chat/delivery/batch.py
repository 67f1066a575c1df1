"""Batch: payloads that go to many sockets, framed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from servers.outlet import text_frame


class Batch:
    """One or more encoded JSON objects. ``wire`` is made on first use and then shared by every socket."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self.payloads = payloads

    @cached_property
    def wire(self) -> bytes:
        """Ready-made WebSocket text frames, unmasked as a server's are (RFC 6455 section 5.1)."""
        return b"".join(map(text_frame, self.payloads))
