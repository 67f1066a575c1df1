"""Bell: what one process tells the others through Redis. It may be lost; nobody relies on it alone.

The channel layer's pubsub flavour with one channel for the whole process, in the groups of the rooms that have
listeners here. What comes together for a group leaves in one ``group_send``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from kit.ids import opaque

log = structlog.get_logger(__name__)
_PATIENCE = 2.0  # seconds Redis may take for one command
_BEAT_SECONDS = 1.0
_SILENCE_SECONDS = 3.0  # without our own beat for this long, something may have been lost
_MOST_WAITING = 1_000  # payloads a group may wait with; beyond it the oldest are left to the hubs' repair


@dataclass(slots=True)
class Ring:
    """Durable events from seq ``first`` on, or, with ``first`` 0, passing ones."""

    group: str
    first: int
    payloads: list[bytes] = field(default_factory=list)

    def is_followed_by(self, first: int) -> bool:
        return self.first + len(self.payloads) == first if first and self.first else self.first == first


class Bell:
    """Joins groups, rings them, hears them. Survives Redis going away and coming back."""

    def __init__(self, layer: Any, hear: Callable[[Ring], None], recovered: Callable[[], None]) -> None:
        self._layer = layer
        self._hear = hear
        self._recovered = recovered
        self._process = opaque("p", 5)
        self._channel: str | None = None
        self._wanted: set[str] = set()
        self._unjoined: set[str] = set()
        self._waiting: dict[str, list[Ring]] = {}
        self._rung = asyncio.Event()
        self._silent = asyncio.Event()
        self._silent.set()
        self._beat_heard = time.monotonic()
        self._disturbed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(task()) for task in (self._keep_listening, self._keep_ringing, self._keep_beating)
        ]

    async def stop(self) -> None:
        """Ring what still waits, if Redis takes it, and end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self._silent.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=_PATIENCE)

    async def join(self, group: str) -> None:
        """Hear ``group`` from now on; while Redis is away, from when it is back."""
        self._wanted.add(group)
        await self._join(group)

    def leave(self, group: str) -> None:
        self._wanted.discard(group)
        self._unjoined.discard(group)
        task = asyncio.create_task(self._leave(group))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def ring(self, group: str, first: int, payloads: Sequence[bytes]) -> None:
        """Tell the other processes; never waits."""
        rings = self._waiting.setdefault(group, [])
        last = rings[-1] if rings else None
        if last is not None and last.is_followed_by(first) and len(last.payloads) < _MOST_WAITING:
            last.payloads.extend(payloads)
        elif len(rings) < 2 or first:
            rings.append(Ring(group, first, list(payloads)))
            while len(rings) > 1 and sum(len(ring.payloads) for ring in rings) > _MOST_WAITING:
                del rings[0]
        self._silent.clear()
        self._rung.set()

    # Listening

    async def _keep_listening(self) -> None:
        while True:
            try:
                if self._channel is None:
                    async with asyncio.timeout(_PATIENCE):
                        channel = await self._layer.new_channel("bell")
                        await self._layer.group_add(self._process, channel)
                    self._channel = channel
                    self._unjoined |= self._wanted
                self._receive(await self._layer.receive(self._channel))
            except Exception as error:  # noqa: BLE001 - Redis may fail in any of its client's ways
                log.warning("bell.listening_failed", error=type(error).__name__)
                self._disturbed = True
                await asyncio.sleep(0.5)

    def _receive(self, message: dict[str, Any]) -> None:
        if message["from"] != self._process:
            self._hear(Ring(message["group"], message["first"], message["payloads"]))
        elif message["group"] == self._process:
            self._beat_heard = time.monotonic()
            if self._disturbed:
                self._disturbed = False
                self._recovered()

    # Ringing

    async def _keep_ringing(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            waiting, self._waiting = self._waiting, {}
            for rings in waiting.values():
                for ring in rings:
                    await self._send(ring)
            if not self._waiting:
                self._silent.set()

    async def _send(self, ring: Ring) -> None:
        message = {
            "type": "bell.ring",
            "from": self._process,
            "group": ring.group,
            "first": ring.first,
            "payloads": ring.payloads,
        }
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._layer.group_send(ring.group, message)
        except Exception as error:  # noqa: BLE001 - the message is stored; the other hubs will find it
            log.warning("bell.ring_lost", error=type(error).__name__)
            self._disturbed = True

    # Beating: the process rings itself, and so learns when the way through Redis was broken.

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            self.ring(self._process, 0, [b"beat"])
            if time.monotonic() - self._beat_heard > _SILENCE_SECONDS:
                self._disturbed = True
            for group in tuple(self._unjoined):
                await self._join(group)

    async def _join(self, group: str) -> None:
        if self._channel is None:
            self._unjoined.add(group)
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._layer.group_add(group, self._channel)
            self._unjoined.discard(group)
        except Exception as error:  # noqa: BLE001 - tried again with the next beat
            log.warning("bell.join_failed", error=type(error).__name__)
            self._unjoined.add(group)

    async def _leave(self, group: str) -> None:
        if self._channel is None or group in self._wanted:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._layer.group_discard(group, self._channel)
        except Exception as error:  # noqa: BLE001 - an extra subscription does no harm
            log.warning("bell.leave_failed", error=type(error).__name__)
