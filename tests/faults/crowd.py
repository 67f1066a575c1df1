"""People in three rooms of two tenants, sending and listening at servers that come and go; and those servers."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from tests.faults.make_tenants import ROOMS
from tests.faults.record import Record, conversation, eventually
from tests.faults.stage import Stage
from tests.support.server import LiveServer

_SENDERS, _LISTENERS = 2, 2  # in each room
_UNDER_WAY = 20  # acks, after which a server's load counts as resumed
_RESUMED_SECONDS = 30.0
_MOMENT_SECONDS = 0.4


def seeded() -> random.Random:
    """Chance that can be had again: the seed is printed, and taken from FAULT_SEED if that is set."""
    seed = int(os.environ.get("FAULT_SEED") or secrets.randbits(32))
    print(f"FAULT_SEED={seed}")
    return random.Random(seed)


class Seat:
    """A place for a server. When it was killed, the next one takes the seat."""

    def __init__(self, stage: Stage, kind: type[LiveServer] = LiveServer) -> None:
        self._stage = stage
        self._kind = kind
        self._server = stage.serve(kind)

    @property
    def port(self) -> int:
        return self._server.port

    def kill(self) -> None:
        self._server.kill()

    def take_again(self) -> None:
        self._server = self._stage.serve(self._kind)


class Crowd:
    """Each goes from seat to seat in an order of their own, so that no server is without people for long."""

    def __init__(self, stage: Stage, seats: Sequence[Seat | LiveServer], chance: random.Random) -> None:
        self._stage = stage
        self._seats = seats
        self._chance = chance
        self.records = [Record(tenant, room) for tenant in (stage.tenant(), stage.tenant()) for room in ROOMS]

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """While the block lasts; then everybody finishes."""
        async with AsyncExitStack() as stack:
            for record in self.records:
                senders, subscribers = self._ways(_SENDERS), self._ways(_LISTENERS)
                await stack.enter_async_context(conversation(record, senders=senders, subscribers=subscribers))
            yield

    def _ways(self, count: int) -> list[list[Seat | LiveServer]]:
        return [self._chance.sample(self._seats, len(self._seats)) for _ in range(count)]

    def busy(self) -> list[Seat | LiveServer]:
        """The servers at which somebody sends and somebody listens."""
        senders = {sender.server for record in self.records for sender in record.senders}
        listeners = {listener.server for record in self.records for listener in record.subscribers}
        return [seat for seat in self._seats if seat in senders & listeners]

    async def under_way(self, *servers: Seat | LiveServer) -> set[Seat | LiveServer]:
        """Wait until one of them acknowledges again, and then for a moment that no transaction knows of. Those that
        do by then."""
        before = {server: self._acks_by(server) for server in servers}
        enough = {server: acks + _UNDER_WAY for server, acks in before.items()}
        await eventually(lambda: any(self._acks_by(server) >= enough[server] for server in servers), _RESUMED_SECONDS)
        await asyncio.sleep(self._chance.uniform(0, _MOMENT_SECONDS))
        return {server for server in servers if self._acks_by(server) > before[server]}

    def _acks_by(self, server: Seat | LiveServer) -> int:
        return sum(record.acks_by[server] for record in self.records)

    async def check(self) -> None:
        """What was acknowledged, what each heard, what a server shows and what PostgreSQL has: all the same."""
        for record in self.records:
            history = await record.check(self._seats[0])
            stored = await asyncio.to_thread(self._stage.stored, record.tenant, record.room)
            assert [(message["seq"], message["client_id"]) for message in history] == stored
            reconnects = [len(listener.closes) for listener in record.subscribers]
            print(record.tenant.slug, record.room, f"{len(history)} messages, reconnects: {reconnects}")
