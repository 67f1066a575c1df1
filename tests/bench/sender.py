"""Sender: one socket that sends, into any room, and takes the answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from time import perf_counter

from tests.bench.histogram import Histogram
from tests.bench.wire import PING, PONG, TEXT, client_frame, frame_at


class Refused(Exception):
    """The system answered a message with an error; the text is its code."""


ReadAnswer = Callable[[bytes], int | None]
"""A text frame's payload -> the ref that it answers; None for other frames. Raises Refused."""


class Sender(asyncio.Protocol):
    """``unanswered`` maps refs to the moments for which their messages were due."""

    def __init__(
        self, transport: asyncio.Transport, read_answer: ReadAnswer | None, answers: dict[bytes, bytes]
    ) -> None:
        self.transport = transport
        self.unanswered: dict[int, float] = {}
        self.latencies = Histogram()
        self.refusals: Counter[str] = Counter()
        self.closed = False
        self._read_answer = read_answer
        self._answers = answers
        self._rest = b""

    def send(self, payload: bytes, ref: int, due: float) -> None:
        if self._read_answer is not None:
            self.unanswered[ref] = due
        self.transport.write(client_frame(payload))

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        data = self._rest + data
        start = 0
        while frame := frame_at(data, start):
            opcode, begin, start = frame
            if opcode == TEXT:
                self._take(data[begin:start], now)
            elif opcode == PING:
                self.transport.write(client_frame(data[begin:start], PONG))
        self._rest = data[start:]

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True

    def reset(self) -> None:
        self.latencies = Histogram()
        self.refusals.clear()

    def _take(self, payload: bytes, now: float) -> None:
        if answer := self._answers.get(payload):
            self.transport.write(client_frame(answer))
        elif self._read_answer is not None:
            try:
                ref = self._read_answer(payload)
            except Refused as refused:
                self.refusals[str(refused)] += 1
                return
            if ref is not None and (due := self.unanswered.pop(ref, None)) is not None:
                self.latencies.add(now - due)
