"""Stream: what all listeners of one room are to hear, and so the checker of every delivery.

A server sends each listener of a room the same frames. The first listener to hear one brings it here, where it is
read whole: the right room, the next seq, a message that was sent and not yet heard. For all other listeners it is
enough, and costs next to nothing, that what comes is byte for byte the stream from where they are in it: then nothing
is missing, doubled, swapped or altered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple


class Delivery(NamedTuple):
    """What a system's frame says: ``number`` is what the load generator gave the message, ``seq`` the server's."""

    room: int
    seq: int
    number: int


Read = Callable[[bytes], Delivery | None]
"""A text frame's payload -> the delivery in it; None for frames of another kind."""


class Fault(Exception):
    """A delivery that should not have come as it came."""


class Stream:
    def __init__(self, room: int, read: Read) -> None:
        self.room = room
        self.read = read
        self.data = bytearray()
        self.ends: list[int] = []
        self.due: list[float] = []
        self.undelivered: dict[int, float] = {}
        self.sent = 0
        self._last_seq: int | None = None

    def expect(self, due: float) -> int:
        """A message is about to be sent; its number in the room."""
        number = self.sent
        self.sent += 1
        self.undelivered[number] = due
        return number

    def append(self, frame: bytes, delivery: Delivery) -> None:
        """The frame that follows. Raises Fault if it is not the one that may."""
        if delivery.room != self.room:
            raise Fault(f"room {self.room} heard a message of room {delivery.room}")
        if self._last_seq is not None and delivery.seq != self._last_seq + 1:
            raise Fault(f"room {self.room}: seq {delivery.seq} came after {self._last_seq}")
        due = self.undelivered.pop(delivery.number, None)
        if due is None:
            raise Fault(f"room {self.room}: message {delivery.number} was heard before, or never sent")
        self._last_seq = delivery.seq
        self.data += frame
        self.ends.append(len(self.data))
        self.due.append(due)

    def frames_before(self, offset: int) -> int:
        """Whole frames among the first ``offset`` bytes."""
        return bisect_right(self.ends, offset)

    def reset(self) -> None:
        """Forget what everybody has heard."""
        self.data = bytearray()
        self.ends.clear()
        self.due.clear()
