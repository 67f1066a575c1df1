"""Telling the world what was committed. Only commands call this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from channels.layers import get_channel_layer

from chat.delivery.bell import Ring, ring_message
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
    """The same for rooms of one tenant, from inside a process with running delivery, without waiting."""
    delivery = current_delivery()
    if delivery is not None:
        for room_id, events in by_room.items():
            delivery.announce(RoomKey(schema_name, room_id), events[0].changed_seq, list(map(event_payload, events)))


def pass_on(key: RoomKey, payload: bytes) -> None:
    """A passing event; lost where nobody runs delivery."""
    delivery = current_delivery()
    if delivery is not None:
        delivery.pass_on(key, payload)


async def _ring_from_outside(key: RoomKey, first: int, payloads: Sequence[bytes]) -> None:
    group = group_of(key.schema_name)
    ring = Ring(key, first, list(payloads))
    await get_channel_layer().group_send(group, ring_message(opaque("p", 5), group, [ring]))
