"""Storm: what stands in it, and a driver that draws faults at random until the time is over."""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from tests.faults.crowd import Crowd, Scale, Seat
from tests.faults.doorman import Doorman
from tests.faults.proxy import Proxy
from tests.faults.stage import ANEW, ShiftedServer, Stage
from tests.support import nursery
from tests.support.server import free_port
from tests.support.serving import Serving

_CALM_SECONDS = (0.5, 4.0)  # between two faults
_SHIFTS = (-300, 300)  # seconds
_WORKERS = 2  # so that two look for the same jobs
Fault = Callable[["Storm"], Awaitable[None]]


class Storm:
    """A seat on each server, and one whose clock is off and whose every link leads through a proxy."""

    def __init__(self, stage: Stage, chance: random.Random, links: Links, scale: Scale) -> None:
        self.stage = stage
        self.chance = chance
        self.links = links
        self.struck: Counter[str] = Counter()
        self.plain = Seat(stage, **ANEW)
        self.workers = Seat(stage, serving=Serving("uvicorn", 2))
        self.far = Seat(stage, ShiftedServer, CLOCK_SHIFT=str(chance.choice(_SHIFTS)), **links.env, **ANEW)
        self.seats = [self.plain, self.workers, self.far]
        links.to_clients.target = self.far.port
        self._doors: list[Any] = [self.plain, self.workers, Door(links.client_port)]
        self._scale = scale
        self.crowd = self.another_crowd()
        self.doorman = Doorman(stage.tenant(), self._doors)
        self.neighbour = stage.tenant()
        self.jobs: list[nursery.Child | subprocess.Popen[bytes]] = [stage.work() for _ in range(_WORKERS)]

    def another_crowd(self) -> Crowd:
        """The next to stand in the storm, of tenants of their own."""
        self.crowd = Crowd(self.stage, self._doors, self.chance, self._scale)
        return self.crowd

    def take_again(self, seat: Seat) -> None:
        seat.take_again()
        self.links.to_clients.target = self.far.port

    async def rage(self, seconds: float, faults: Sequence[Fault]) -> None:
        """Each fault once, in some order, and then any, for so long. What each needs to heal it does itself."""
        doorman = asyncio.create_task(self.doorman.run())
        ends, order = monotonic() + seconds, self.chance.sample(faults, len(faults))
        for fault in itertools.chain(order, iter(lambda: self.chance.choice(faults), None)):
            if monotonic() > ends:
                break
            await fault(self)
            self.struck[fault.__name__] += 1
            await asyncio.to_thread(self.stage.bring_back)
            await asyncio.sleep(self.chance.uniform(*_CALM_SECONDS))
            self.crowd.raise_what_was_found()
        doorman.cancel()
        [end] = await asyncio.gather(doorman, return_exceptions=True)
        if isinstance(end, Exception):
            raise end

    def check_whispers(self) -> None:
        """No word of a message in any log, and in each tenant's schema only its own."""
        canaries = [tenant.canary for tenant in self.crowd.tenants]
        for line in self.stage.logs():
            assert not any(canary in line for canary in canaries), line[:2_000]


@dataclass(frozen=True)
class Door:
    """Where clients knock."""

    port: int


class Links:
    """The far seat's way to PostgreSQL, to Valkey and to its clients, through proxies."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        sockets = stage.postgres.sockets
        self.folder = folder
        self.to_postgres = Proxy(sockets / _POSTGRES)
        self.to_valkey = Proxy(stage.valkey.socket)
        self.to_clients = Proxy(0)
        self.client_port = free_port()
        self.all = (self.to_postgres, self.to_valkey, self.to_clients)
        self.env = {
            "DATABASE_URL": stage.database_url.replace(str(sockets), str(folder)),
            "REDIS_URL": stage.redis_url.replace(str(stage.valkey.socket), str(folder / _VALKEY)),
        }

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.to_postgres.listening(self.folder / _POSTGRES))
            await stack.enter_async_context(self.to_valkey.listening(self.folder / _VALKEY))
            await stack.enter_async_context(self.to_clients.listening(self.client_port))
            yield


_POSTGRES, _VALKEY = ".s.PGSQL.5432", "valkey.sock"


@asynccontextmanager
async def storm(stage: Stage, chance: random.Random, scale: Scale) -> AsyncIterator[Storm]:
    folder = Path(tempfile.mkdtemp(prefix="parley-links-"))
    try:
        links = Links(stage, folder)
        async with links.listening():
            yield await asyncio.to_thread(Storm, stage, chance, links, scale)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
