"""How delivery names a room: by its tenant's schema and its id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2s


@dataclass(frozen=True)
class RoomKey:
    """A room of a tenant. Equal room ids of two tenants are different keys and different groups."""

    schema_name: str
    room_id: str

    @cached_property
    def group(self) -> str:
        """The room's group in Redis: the tenant's prefix, then the id hashed to fit a group name's alphabet."""
        return f"{self.schema_name}.{blake2s(self.room_id.encode(), digest_size=16).hexdigest()}"


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
