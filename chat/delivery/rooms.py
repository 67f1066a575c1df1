"""How delivery names a room: by its tenant's schema and its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class RoomKey(NamedTuple):
    """A room of a tenant. Equal room ids of two tenants are different keys."""

    schema_name: str
    room_id: str


def group_of(schema_name: str) -> str:
    """The tenant's group in Redis: all processes in which somebody listens to a room of theirs."""
    return f"{schema_name}.rooms"


@dataclass(frozen=True, slots=True)
class Replay:
    """A room's durable events after some seq, read in one go. ``seqs`` ascend and may skip superseded states;
    ``more`` says that events after the last of them were left out."""

    last_seq: int
    seqs: Sequence[int]
    payloads: Sequence[bytes]
    more: bool = False

    @property
    def reaches(self) -> int:
        return self.seqs[-1] if self.more else self.last_seq
