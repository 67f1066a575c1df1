"""Stream: what all listeners of one room are to hear, and so the checker of every delivery.

A server sends each listener of a room the same frames. The first listener to hear one brings it here. For all other
listeners it is enough, and costs next to nothing, that what comes is byte for byte the stream from where they are in
it: then nothing is missing, doubled, swapped or altered. When the load is over, ``check`` reads the stream whole: each
frame is of the right room, has the next seq and carries a message that was sent and not heard before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from tests.bench.wire import frame_at


class Delivery(NamedTuple):
    """What a system's frame says: ``number`` is what the load generator gave the message, ``seq`` the server's."""

    room: int
    seq: int
    number: int


Read = Callable[[bytes], Delivery]
"""The payload of a text frame that is a delivery -> what it says. Raises ValueError or KeyError if it is none."""


class Fault(Exception):
    """A delivery that should not have come as it came."""


class Stream:
    """``begins`` is what the payload of each delivery begins with, and no other's. ``due`` are the moments at which the
    checked deliveries were due, in the order in which they came; ``fault`` what was wrong with the first that was."""

    def __init__(self, room: int, begins: bytes, read: Read) -> None:
        self.room = room
        self.begins = begins
        self.data = bytearray()
        self.ends: list[int] = []
        self.due: list[float] = []
        self.fault = ""
        self._read = read
        self._first = 0
        self._sent: list[float] = []
        self._numbers: set[int] = set()
        self._last_seq: int | None = None

    def expect(self, due: float) -> int:
        """A message is about to be sent; its number in the room."""
        self._sent.append(due)
        return self._first + len(self._sent) - 1

    @property
    def undelivered(self) -> int:
        """Messages sent and heard by nobody."""
        return len(self._sent) - len(self.ends)

    def waiting_since(self, offset: int) -> float:
        """When the first message was due that is not among the first ``offset`` bytes; of messages that were sent at
        nearly the same time, of any."""
        heard = self.frames_before(offset)
        return self._sent[heard] if heard < len(self._sent) else float("inf")

    def append(self, frame: bytes) -> None:
        """The delivery that follows."""
        self.data += frame
        self.ends.append(len(self.data))

    def check(self) -> None:
        """Read what has come since the last time."""
        while not self.fault and len(self.due) < len(self.ends):
            try:
                self._check_next()
            except (Fault, ValueError, KeyError) as fault:
                self.fault = f"room {self.room}: {fault}"

    def _check_next(self) -> None:
        place = len(self.due)
        frame = frame_at(self.data, self.ends[place - 1] if place else 0)
        assert frame is not None, "only whole frames are appended"
        _, begin, end = frame
        room, seq, number = self._read(bytes(self.data[begin:end]))
        if room != self.room:
            raise Fault(f"heard a message of room {room}")
        if self._last_seq is not None and seq != self._last_seq + 1:
            raise Fault(f"seq {seq} came after {self._last_seq}")
        if number in self._numbers or not 0 <= number - self._first < len(self._sent):
            raise Fault(f"message {number} was heard before, or never sent")
        self._last_seq = seq
        self._numbers.add(number)
        self.due.append(self._sent[number - self._first])

    def frames_before(self, offset: int) -> int:
        """Whole frames among the first ``offset`` bytes."""
        return bisect_right(self.ends, offset)

    def reset(self) -> None:
        """Forget what everybody has heard. Only when all has been heard and checked."""
        self._first += len(self._sent)
        self.data = bytearray()
        self.ends.clear()
        self.due.clear()
        self._sent.clear()
        self._numbers.clear()
