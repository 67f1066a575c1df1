"""Batch: payloads that go to many sockets, framed once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from servers.frames import text_frame

_PART_BYTES = 64 << 10


class Batch:
    """One or more encoded JSON objects. ``wire`` is made on first use and then shared by every socket."""

    __slots__ = ("_wire", "payloads")

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self.payloads = payloads
        self._wire = b""

    @property
    def wire(self) -> bytes:
        """Ready-made WebSocket text frames, unmasked as a server's are (RFC 6455 section 5.1)."""
        if not self._wire:
            self._wire = b"".join(map(text_frame, self.payloads))
        return self._wire


def in_parts(payloads: Sequence[bytes]) -> Iterator[Batch]:
    """What is too long for one write: batches of about 64 KiB, in order."""
    start = size = 0
    for end, payload in enumerate(payloads, start=1):
        size += len(payload)
        if size >= _PART_BYTES or end == len(payloads):
            yield Batch(payloads[start:end])
            start, size = end, 0
