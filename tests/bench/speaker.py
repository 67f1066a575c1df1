"""Speaker: a listener who also sends into the room, and takes the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

from tests.bench.histogram import Histogram
from tests.bench.listener import Listener
from tests.bench.wire import TEXT


class Refused(Exception):
    """The system answered a message with an error; the text is its code."""


ReadAnswer = Callable[[bytes], int | None]
"""A text frame's payload -> the ref that it answers; None for other frames. Raises Refused."""


class Speaker(Listener):
    """``unanswered`` maps refs to the moments for which their messages were due."""

    def __init__(self, *parts: Any, read_answer: ReadAnswer, **named: Any) -> None:
        super().__init__(*parts, **named)
        self.unanswered: dict[int, float] = {}
        self.latencies = Histogram()
        self.refusals: Counter[str] = Counter()
        self._read_answer = read_answer

    def say(self, payload: bytes, ref: int, due: float) -> None:
        self.unanswered[ref] = due
        self.send(payload)

    def reset(self) -> None:
        super().reset()
        self.latencies = Histogram()
        self.refusals.clear()

    def _take(self, opcode: int, payload: bytes, frame: bytes) -> None:
        if opcode != TEXT or not self._take_answer(payload):
            super()._take(opcode, payload, frame)

    def _take_answer(self, payload: bytes) -> bool:
        try:
            ref = self._read_answer(payload)
        except Refused as refused:
            self.refusals[str(refused)] += 1
            return True
        if ref is None:
            return False
        if (due := self.unanswered.pop(ref, None)) is not None:
            self.latencies.add(perf_counter() - due)
        return True
