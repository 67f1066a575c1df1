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


ReadAnswer = Callable[[bytes], int]
"""The payload of a text frame that is an answer -> the ref that it answers. Raises Refused."""


class Speaker(Listener):
    """Answers are kept as they come, and read by ``check`` when the load is over. ``begins`` is what their payloads
    begin with, and no others."""

    def __init__(self, *parts: Any, begins: tuple[bytes, ...], read_answer: ReadAnswer, **named: Any) -> None:
        super().__init__(*parts, **named)
        self.answers: list[tuple[float, bytes]] = []
        self.latencies = Histogram()
        self.refusals: Counter[str] = Counter()
        self._begins = begins
        self._read_answer = read_answer
        self._due: dict[int, float] = {}
        self._said = 0
        self._checked = 0

    def say(self, payload: bytes, ref: int, due: float) -> None:
        self._due[ref] = due
        self._said += 1
        self.send(payload)

    @property
    def unanswered(self) -> int:
        return self._said - len(self.answers)

    def check(self) -> None:
        """Read what has come since the last time."""
        for moment, payload in self.answers[self._checked :]:
            try:
                self.latencies.add(moment - self._due[self._read_answer(payload)])
            except Refused as refused:
                self.refusals[str(refused)] += 1
        self._checked = len(self.answers)

    def reset(self) -> None:
        super().reset()
        self._said = self._checked = 0
        self.answers.clear()
        self._due.clear()
        self.latencies = Histogram()
        self.refusals.clear()

    def _take(self, opcode: int, payload: bytes, frame: bytes) -> None:
        if opcode == TEXT and payload.startswith(self._begins):
            self.answers.append((perf_counter(), payload))
        else:
            super()._take(opcode, payload, frame)
