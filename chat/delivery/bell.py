"""Bell: what one process tells the others through Redis. It may be lost; nobody relies on it alone.

The channel layer's pubsub flavour with one channel for the whole process, in the groups of the tenants that have
listeners here. What comes together for a tenant, of however many rooms, leaves in one ``group_send``: a process that
hears of a room which nobody listens to pays a look-up, where a group for each room would cost each ring a command.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from chat.delivery.rooms import RoomKey, group_of
from kit import vitals
from kit.ids import opaque

log = structlog.get_logger(__name__)
_PATIENCE = 2.0  # seconds Redis may take for one command
_PROCESSES = "parley.processes"  # the group in which they beat
_BEAT_SECONDS = 1.0
_SILENCE_SECONDS = 3.0
"""Without our own beat for so long, something may have been lost; without the others', we are alone."""
_MOST_TOGETHER = 500  # payloads in one ring
_MOST_WAITING = 5_000  # payloads of a tenant


@dataclass(slots=True)
class Ring:
    """Durable events of a room from seq ``first`` on, or, with ``first`` 0, passing ones."""

    key: RoomKey
    first: int
    payloads: list[bytes] = field(default_factory=list)

    def is_followed_by(self, first: int) -> bool:
        return self.first + len(self.payloads) == first if first and self.first else self.first == first


class Waiting:
    """A tenant's rings until they leave. Beyond ``_MOST_WAITING`` payloads the oldest are left to the hubs' repair."""

    def __init__(self) -> None:
        self.rings: deque[Ring] = deque()
        self._latest: dict[str, Ring] = {}
        self._payloads = 0

    def add(self, key: RoomKey, first: int, payloads: Sequence[bytes]) -> None:
        latest = self._latest.get(key.room_id)
        if latest is not None and latest.is_followed_by(first) and len(latest.payloads) < _MOST_TOGETHER:
            latest.payloads.extend(payloads)
        else:
            latest = self._latest[key.room_id] = Ring(key, first, list(payloads))
            self.rings.append(latest)
        self._payloads += len(payloads)
        while self._payloads > _MOST_WAITING and len(self.rings) > 1:
            oldest = self.rings.popleft()
            self._payloads -= len(oldest.payloads)
            if self._latest.get(oldest.key.room_id) is oldest:
                del self._latest[oldest.key.room_id]


def ring_message(process: str, group: str, rings: Iterable[Ring]) -> dict[str, Any]:
    """What goes through Redis."""
    told = [(ring.key.room_id, ring.first, ring.payloads) for ring in rings]
    return {"type": "bell.ring", "from": process, "group": group, "rings": told}


class Bell:
    """Joins groups, rings them, hears them. Survives Redis going away and coming back."""

    def __init__(self, layer: Any, hear: Callable[[Ring], None], recovered: Callable[[], None]) -> None:
        self._layer = layer
        self._hear = hear
        self._recovered = recovered
        self._process = opaque("p", 5)
        self._channel: str | None = None
        self._wanted: dict[str, str] = {}  # the groups of the schemas that somebody here listens in
        self._joined: set[str] = set()
        self._waiting: dict[str, Waiting] = {}
        self._rung = asyncio.Event()
        self._silent = asyncio.Event()
        self._silent.set()
        self._beat_heard = self._others_heard = self._beat_sent = time.monotonic()
        self._alone = self._disturbed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def heard(self) -> bool:
        """Whether the way through Redis holds: our own beat came back lately."""
        return time.monotonic() - self._beat_heard <= _SILENCE_SECONDS

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

    async def join(self, schema_name: str) -> None:
        """Hear the tenant's rooms from now on; while Redis is away, from when it is back."""
        group = group_of(schema_name)
        self._wanted[group] = schema_name
        if group not in self._joined:
            await self._join(group)

    def leave(self, schema_name: str) -> None:
        group = group_of(schema_name)
        self._wanted.pop(group, None)
        self._joined.discard(group)
        task = asyncio.create_task(self._leave(group))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def ring(self, key: RoomKey, first: int, payloads: Sequence[bytes]) -> None:
        """Tell the other processes, if there are any; never waits."""
        if self._alone:
            return
        waiting = self._waiting.get(key.schema_name)
        if waiting is None:
            waiting = self._waiting[key.schema_name] = Waiting()
            self._silent.clear()
            self._rung.set()
        waiting.add(key, first, payloads)

    # Listening

    async def _keep_listening(self) -> None:
        while True:
            try:
                if self._channel is None:
                    async with asyncio.timeout(_PATIENCE):
                        channel = await self._layer.new_channel("bell")
                        await self._layer.group_add(_PROCESSES, channel)
                    self._channel = channel
                    self._joined.clear()
                    await self._send(_PROCESSES, ())  # who was alone until now must not wait for our first beat
                self._receive(await self._layer.receive(self._channel))
            except Exception as error:  # noqa: BLE001 - Redis may fail in any of its client's ways
                log.warning("bell.listening_failed", error=type(error).__name__)
                self._disturb()
                await asyncio.sleep(0.5)

    def _receive(self, message: dict[str, Any]) -> None:
        if message["from"] != self._process:
            self._others_heard, self._alone = time.monotonic(), False
            schema_name = self._wanted.get(message["group"])
            if schema_name is not None:
                for room_id, first, payloads in message["rings"]:
                    self._hear(Ring(RoomKey(schema_name, room_id), first, payloads))
        elif message["group"] == _PROCESSES:
            self._beat_heard = time.monotonic()
            vitals.bell.observe(self._beat_heard - self._beat_sent)
            self._alone = self._beat_heard - self._others_heard > _SILENCE_SECONDS
            if self._disturbed:
                self._disturbed = self._alone = False
                self._others_heard = self._beat_heard  # not heard while nothing was: they may be there
                self._recovered()

    # Ringing

    async def _keep_ringing(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            waiting, self._waiting = self._waiting, {}
            for schema_name, of_tenant in waiting.items():
                await self._send(group_of(schema_name), of_tenant.rings)
            if not self._waiting:
                self._silent.set()

    async def _send(self, group: str, rings: Iterable[Ring]) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._layer.group_send(group, ring_message(self._process, group, rings))
        except Exception as error:  # noqa: BLE001 - the messages are stored; the other hubs will find them
            log.warning("bell.ring_lost", error=type(error).__name__)
            self._disturb()

    # Beating: a process hears its own beat, and so learns when the way through Redis was broken; it hears the others',
    # and so learns whether there is anybody to ring.

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            self._beat_sent = time.monotonic()
            await self._send(_PROCESSES, ())
            if time.monotonic() - self._beat_heard > _SILENCE_SECONDS:
                self._disturb()
            for group in self._wanted.keys() - self._joined:
                await self._join(group)

    def _disturb(self) -> None:
        """Something may have been lost, in either direction: level with PostgreSQL once a beat is heard again."""
        self._disturbed, self._alone = True, False

    async def _join(self, group: str) -> None:
        if self._channel is None:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._layer.group_add(group, self._channel)
            self._joined |= {group} & self._wanted.keys()
        except Exception as error:  # noqa: BLE001 - tried again with the next beat
            log.warning("bell.join_failed", error=type(error).__name__)

    async def _leave(self, group: str) -> None:
        if self._channel is None or group in self._wanted:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._layer.group_discard(group, self._channel)
        except Exception as error:  # noqa: BLE001 - an extra subscription does no harm
            log.warning("bell.leave_failed", error=type(error).__name__)
