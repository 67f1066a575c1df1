"""System: a chat server as the load generator sees it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from tests.bench.opening import Opening
from tests.bench.process import Process, Started
from tests.bench.shapes import Shape
from tests.bench.stream import Delivery

TEXT_BYTES = 100


class System(ABC):
    name: str
    acknowledges: ClassVar[bool] = False
    """Whether each message is answered, so that several may send into a room and its order is the server's."""
    answers: ClassVar[dict[bytes, bytes]] = {}
    """What clients have to say when they hear something."""

    delivery_begins: ClassVar[bytes]
    """What the payload of each delivery begins with, and no other's."""
    answer_begins: ClassVar[tuple[bytes, ...]] = ()
    """The same for the answers to messages."""

    process: Process | None = None

    def missing(self) -> str:
        """Why it cannot run here; empty if it can."""
        return ""

    @abstractmethod
    def prepare(self, shape: Shape) -> None:
        """Rooms and people for a shape; the server may be running already."""

    @abstractmethod
    def clear(self) -> None:
        """Take away what was stored: vacuuming it would disturb whatever is measured next."""

    @abstractmethod
    def launch(self, log: Path) -> Started: ...

    @abstractmethod
    def listener(self, room: int, place: int) -> Opening:
        """How the room's listener number ``place`` comes in."""

    @abstractmethod
    def message(self, room: int, number: int, ref: int) -> bytes: ...

    @abstractmethod
    def read(self, payload: bytes) -> Delivery: ...

    def read_answer(self, payload: bytes) -> int:
        """See ``tests.bench.speaker``."""
        raise NotImplementedError(f"{self.name} answers no message")

    def start(self, folder: Path) -> Process:
        self.process = self.launch(folder / f"{self.name}.log")
        return self.process

    def stop(self) -> None:
        """What ``start`` started."""
        if isinstance(self.process, Started):
            self.process.stop()
        self.process = None


def text(room: int, number: int) -> str:
    """A message's text: who it is, filled up to a hundred bytes."""
    return f"{room} {number} ".ljust(TEXT_BYTES, ".")


def in_text(words: str) -> tuple[int, int]:
    """Room and number from such a text."""
    room, number, _ = words.split(" ", 2)
    return int(room), int(number)
