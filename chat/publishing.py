"""Telling the world what was committed. Only commands call this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import attrgetter

from channels.layers import get_channel_layer

from chat.delivery.bell import Ring, ring_message
from chat.delivery.presence import Appearance
from chat.delivery.process import current_delivery
from chat.delivery.rooms import RoomKey, group_of
from chat.events import RoomEvent
from chat.payloads import event_payload
from kit.ids import opaque


async def announce(key: RoomKey, events: Sequence[RoomEvent]) -> None:
    """Durable events of one room with consecutive seqs, already committed."""
    delivery = current_delivery()
    payloads = [event_payload(event) for event in events]
    if delivery is not None:
        delivery.announce(key, events[0].changed_seq, payloads)
    else:
        await _ring_from_outside(key, events[0].changed_seq, payloads)


def announce_here(schema_name: str, by_room: Mapping[str, Sequence[RoomEvent]]) -> None:
    """The same for rooms of one tenant, from inside a process with running delivery, without waiting. Events may come
    in any order, and out of several transactions, between which others took seqs."""
    delivery = current_delivery()
    if delivery is not None:
        for room_id, events in by_room.items():
            for run in _runs(events):
                delivery.announce(RoomKey(schema_name, room_id), run[0].changed_seq, list(map(event_payload, run)))


def _runs(events: Sequence[RoomEvent]) -> list[Sequence[RoomEvent]]:
    """Events with consecutive seqs, in order; nearly always all of them together."""
    first = events[0].changed_seq
    if len(events) == 1 or all(event.changed_seq == seq for seq, event in enumerate(events, first)):
        return [events]
    ordered = sorted(events, key=_changed_seq)
    starts = [0, *(place for place, (a, b) in enumerate(pairwise(ordered), 1) if b.changed_seq != a.changed_seq + 1)]
    return [ordered[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


_changed_seq = attrgetter("changed_seq")


def pass_on(key: RoomKey, payload: bytes) -> None:
    """A passing event; lost where nobody runs delivery."""
    delivery = current_delivery()
    if delivery is not None:
        delivery.pass_on(key, payload)


def show_presence(schema_name: str, appearance: Appearance) -> None:
    """That a user came, went, or wants to be seen no more: likewise."""
    delivery = current_delivery()
    if delivery is not None:
        delivery.presence.show(schema_name, appearance)


async def _ring_from_outside(key: RoomKey, first: int, payloads: Sequence[bytes]) -> None:
    group = group_of(key.schema_name)
    ring = Ring(key, first, list(payloads))
    await get_channel_layer().group_send(group, ring_message(opaque("p", 5), group, [ring]))
