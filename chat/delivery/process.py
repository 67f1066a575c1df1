"""This process's delivery: one hub and one bell, started by the server and shared by all its sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from chat.delivery.bell import Bell
from chat.delivery.feed import ReadEvents
from chat.delivery.hub import Hub, ReadHeads
from chat.delivery.presence import Ledger, Presence
from chat.delivery.rooms import RoomKey
from kit.figures import Figures


class Delivery:
    """A running hub and bell, who is here, and what this process counts."""

    def __init__(
        self,
        layer: Any,
        read_events: ReadEvents,
        read_heads: ReadHeads,
        ledger: Ledger | None = None,
        figures: Figures | None = None,
    ) -> None:
        self.figures = figures or Figures()
        self.bell = Bell(layer, lambda ring: self.hub.hear(ring), self._catch_up)
        self.hub = Hub(self.bell, read_events, read_heads, self.figures)
        self.presence = Presence(ledger, self.pass_on, self.hub.listeners)
        self._keeping: list[asyncio.Task[None]] = []
        self._catching_up: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.bell.start()
        self._keeping = [asyncio.create_task(self.hub.sweep()), asyncio.create_task(self.presence.keep())]

    async def stop(self) -> None:
        tasks = [*self._keeping, *([self._catching_up] if self._catching_up is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.hub.close()
        await self.bell.stop()

    def announce(self, key: RoomKey, first: int, payloads: Sequence[bytes]) -> None:
        """Durable events, just committed: to the sockets here and to the other processes."""
        self.hub.deliver(key, first, payloads)
        self.bell.ring(key, first, payloads)

    def pass_on(self, key: RoomKey, payload: bytes) -> None:
        """A passing event: likewise, once."""
        self.hub.pass_on(key, payload)
        self.bell.ring(key, 0, [payload])

    def _catch_up(self) -> None:
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self.hub.reconcile())


_running: dict[asyncio.AbstractEventLoop, Delivery] = {}


def start_delivery(
    layer: Any,
    read_events: ReadEvents,
    read_heads: ReadHeads,
    ledger: Ledger | None = None,
    figures: Figures | None = None,
) -> Delivery:
    """Start this event loop's delivery. Pair with ``stop_delivery``."""
    delivery = _running[asyncio.get_running_loop()] = Delivery(layer, read_events, read_heads, ledger, figures)
    delivery.start()
    return delivery


async def stop_delivery() -> None:
    delivery = _running.pop(asyncio.get_running_loop(), None)
    if delivery is not None:
        await delivery.stop()


def current_delivery() -> Delivery | None:
    """The delivery of this event loop, if it has one: a worker or a command has no sockets and none."""
    return _running.get(asyncio.get_running_loop())
