"""Partings: a durable event that is the last of its room that somebody's sockets may hear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic_core import from_json

_HEAD = b'{"type":"member.left"'


class Parting(NamedTuple):
    """Who hears no more, and why."""

    user_id: str
    reason: str


def parting(payload: bytes) -> Parting | None:
    """None for all other events."""
    if not payload.startswith(_HEAD):
        return None
    event = from_json(payload)
    return Parting(event["user"]["id"], event["reason"])


def up_to_partings(seqs: Sequence[int], payloads: Sequence[bytes]) -> Iterator[tuple[Sequence[int], Sequence[bytes]]]:
    """The same events in runs, so that a parting is always the last of its run."""
    start = 0
    for end, payload in enumerate(payloads, start=1):
        if payload.startswith(_HEAD) or end == len(payloads):
            yield seqs[start:end], payloads[start:end]
            start = end
