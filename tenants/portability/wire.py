"""What two installations say to each other while a tenant moves, over the two pipes of a command.

A frame is a line of JSON and, if it says ``bytes``, so many bytes. Each request gets one answer; a refusal is the last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from kit.errors import INTERNAL, TABLE, ParleyError
from tenants.portability.archive import refused

_PIECE = 1 << 18
_MOST_LINE = 1 << 20


class LineLost(Exception):
    """The other side is gone, or was never there. What it did last is not known."""


@dataclass(frozen=True, slots=True)
class Frame:
    kind: str
    told: dict[str, Any]
    content: bytes = b""


class Wire:
    def __init__(self, reads: IO[bytes], writes: IO[bytes]) -> None:
        self._reads, self._writes = reads, writes

    def send(self, kind: str, content: bytes = b"", **told: Any) -> None:
        """Raises LineLost; ParleyError, where the other side refused before it went."""
        head = json.dumps({"kind": kind, "bytes": len(content), **told}, separators=(",", ":"))
        try:
            self._writes.write(head.encode() + b"\n" + content)
            if kind != "piece":
                self._writes.flush()
        except (OSError, ValueError):
            self.receive()  # why it went, if it said so
            raise LineLost from None

    def send_stream(self, pieces: Iterable[bytes]) -> None:
        hashed = hashlib.sha256()
        for piece in pieces:
            for start in range(0, len(piece), _PIECE):
                part = bytes(piece[start : start + _PIECE])
                hashed.update(part)
                self.send("piece", part)
        self.send("whole", sha256=hashed.hexdigest())

    def ask(self, kind: str, **told: Any) -> Frame:
        """Raises what ``receive`` raises."""
        self.send(kind, **told)
        return self.receive()

    def receive(self) -> Frame:
        """Raises LineLost; ParleyError for a refusal."""
        frame = self.next()
        if frame is None:
            raise LineLost
        if frame.kind == "refused":
            raise ParleyError(TABLE.get(str(frame.told.get("code")), INTERNAL), str(frame.told.get("detail")))
        return frame

    def next(self) -> Frame | None:
        """None where there will be no more. Raises LineLost for what is no frame."""
        try:
            line = self._reads.readline(_MOST_LINE)
            if not line:
                return None
            told = json.loads(line)
            kind, size = str(told.pop("kind")), int(told.pop("bytes"))
            content = self._reads.read(size)
        except (OSError, ValueError, KeyError, AttributeError):
            raise LineLost from None
        if len(content) != size:
            raise LineLost
        return Frame(kind, told, content)

    def receive_stream(self) -> Iterator[bytes]:
        """Raises LineLost; ParleyError ``file_refused`` for what is not what was sent."""
        hashed = hashlib.sha256()
        while (frame := self.receive()).kind == "piece":
            hashed.update(frame.content)
            yield frame.content
        if frame.kind != "whole" or frame.told.get("sha256") != hashed.hexdigest():
            raise refused("what came over the line is not what was sent")
