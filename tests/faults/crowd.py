"""People in the rooms of some tenants, sending and listening at servers that come and go; and those servers."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.faults.make_tenants import ROOMS
from tests.faults.record import Record, conversation, eventually
from tests.faults.stage import Stage
from tests.support.server import LiveServer
from tests.support.serving import Serving

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

    def __init__(
        self, stage: Stage, kind: type[LiveServer] = LiveServer, *, serving: Serving | None = None, **env: str
    ) -> None:
        self._stage = stage
        self._kind = kind
        self._serving = serving
        self._env = env
        self._server = self._start()

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def pid(self) -> int:
        return self._server.pid

    def kill(self) -> None:
        self._server.kill()

    def leave(self) -> int:
        """As a restart does it; the exit code."""
        return self._server.stop()

    def take_again(self) -> None:
        self._server = self._start()

    def _start(self) -> LiveServer:
        return self._stage.serve(self._kind, serving=self._serving, **self._env)


@dataclass(frozen=True)
class Scale:
    """Senders and listeners are those of each room; the rest is as for ``conversation``."""

    tenants: int = 2
    senders: int = 2
    listeners: int = 2
    pause: float = 0.01
    breath: float = 0.1
    changes: bool = False


class Crowd:
    """Each goes from seat to seat in an order of their own, so that no server is without people for long."""

    def __init__(
        self, stage: Stage, seats: Sequence[Seat | LiveServer], chance: random.Random, scale: Scale | None = None
    ) -> None:
        self._stage = stage
        self._seats = seats
        self._chance = chance
        self._scale = scale = scale or Scale()
        self.tenants = [stage.tenant() for _ in range(scale.tenants)]
        self.records = [Record(tenant, room) for tenant in self.tenants for room in ROOMS]

    @asynccontextmanager
    async def talking(self) -> AsyncIterator[None]:
        """While the block lasts; then everybody finishes."""
        scale = self._scale
        async with AsyncExitStack() as stack:
            for record in self.records:
                people = {"senders": self._ways(scale.senders), "subscribers": self._ways(scale.listeners)}
                pace = {"pause": scale.pause, "breath": scale.breath, "changes": scale.changes}
                await stack.enter_async_context(conversation(record, **people, **pace))
            yield

    def _ways(self, count: int) -> list[list[Seat | LiveServer]]:
        return [self._chance.sample(self._seats, len(self._seats)) for _ in range(count)]

    def raise_what_was_found(self) -> None:
        for record in self.records:
            record.raise_what_was_found()

    @property
    def acks(self) -> int:
        return sum(record.acks for record in self.records)

    @property
    def deliveries(self) -> int:
        return sum(record.ledger.deliveries for record in self.records)

    @property
    def refused(self) -> int:
        """Sends, for now."""
        return sum(record.refused.total() for record in self.records)

    @property
    def returns(self) -> list[float]:
        """Seconds from being cut to being subscribed again, of everybody."""
        return [seconds for record in self.records for seconds in record.returns]

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

    async def check(self) -> int:
        """What was acknowledged, what each heard, what a server shows and what PostgreSQL has: all the same. How many
        messages there are."""
        messages = 0
        for record in self.records:
            shown = await record.check(self._seats[0])
            assert record.ledger.check(await asyncio.to_thread(self._stage.stored, record.tenant, record.room)) == shown
            messages += shown
        return messages
