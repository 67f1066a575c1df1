"""Listener: one socket in one room. It compares, notes when, and does as little else as it can."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from time import perf_counter

from tests.bench.stream import Fault, Stream
from tests.bench.wire import PING, PONG, TEXT, client_frame, frame_at


class Listener(asyncio.Protocol):
    """``offset`` is how much of the stream it has heard; ``heard`` is when it had heard how much."""

    def __init__(self, transport: asyncio.Transport, stream: Stream, answers: dict[bytes, bytes]) -> None:
        self.transport = transport
        self.stream = stream
        self.offset = 0
        self.heard: list[tuple[float, int]] = []
        self.fault = ""
        self.on_progress: Callable[[Listener], None] | None = None
        self._answers = answers
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self.stream.data.startswith(data, self.offset):
            self.offset += len(data)
        else:
            self._read(data)
        self.heard.append((perf_counter(), self.offset))
        if self.on_progress is not None:
            self.on_progress(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.fault = self.fault or f"closed by the server ({error or 'no error'})"

    def send(self, payload: bytes) -> None:
        if not self.transport.is_closing():  # if it is, that is a fault, and what is not sent will be missing
            self.transport.write(client_frame(payload))

    @property
    def level(self) -> bool:
        """Whether it has heard all that the first listener has."""
        return self.offset == len(self.stream.data)

    def heard_by(self, moment: float) -> int:
        """Messages heard before a moment."""
        place = bisect_left(self.heard, (moment,))
        return self.stream.frames_before(self.heard[place - 1][1]) if place else 0

    def reset(self) -> None:
        """Together with the stream, and only when level."""
        self.offset = 0
        self.heard = []

    def _read(self, data: bytes) -> None:
        """The slow way: frame by frame, for the first to hear and for what is no delivery."""
        if self.fault:
            return
        try:
            if not self.level:  # level is at the end of a frame
                data = self._back_to_frame() + data
            start = 0
            while frame := frame_at(data, start):
                opcode, begin, end = frame
                self._take(opcode, data[begin:end], data[start:end])
                start = end
            self._rest = data[start:]
        except (Fault, ValueError) as fault:
            self.fault = str(fault)

    def _back_to_frame(self) -> bytes:
        """The part of a frame that was taken for the stream's already."""
        stream = self.stream
        whole = stream.frames_before(self.offset)
        begin = stream.ends[whole - 1] if whole else 0
        part = bytes(stream.data[begin : self.offset])
        self.offset = begin
        return part

    def _take(self, opcode: int, payload: bytes, frame: bytes) -> None:
        stream = self.stream
        if opcode == PING:
            self.transport.write(client_frame(payload, PONG))
        if opcode != TEXT:
            return
        if not payload.startswith(stream.begins):
            if answer := self._answers.get(payload):
                self.send(answer)
            return
        if self.level:
            stream.append(frame)
        elif not stream.data.startswith(frame, self.offset):
            heard = stream.frames_before(self.offset)
            raise Fault(f"room {stream.room}: after {heard} messages a listener heard another than the others")
        self.offset += len(frame)
