"""The whole of Parley in a test's hands, on servers of its own, watched by a Prometheus without patience."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from tests.faults.stage import Stage, raised
from tests.support import nursery
from tests.support.prometheus import Prometheus, scraping
from tests.support.server import LiveServer, free_port

_HURRIED = ("-m", "tests.deploy.hurried")
_PATIENCE = 40.0
_GLANCE = 0.2
_AT_FIRST = frozenset({"ParleyPoolWaits"})
"""A worker that was started again a moment ago waits for its first connections; production looks at five minutes."""


class HurriedServer(LiveServer):
    program = _HURRIED


class Service:
    """Two web processes and one for jobs."""

    def __init__(self, stage: Stage, prometheus: Prometheus, folder: Path, port: int) -> None:
        self.stage = stage
        self.certificates = folder / "certificates"
        self._prometheus = prometheus
        self._env = {"METRICS_ADDRESS": f"127.0.0.1:{port}", "CERTIFICATES": str(self.certificates)}
        self.worker = self._work()
        self.one, self.other = self.serve(), self.serve()
        self.tenant = stage.tenant()

    def serve(self, **env: str) -> LiveServer:
        """One more web process."""
        return self.stage.serve(HurriedServer, **self._env, **env)

    def mend(self) -> None:
        """Bring back what a test ended, as systemd does."""
        self.stage.bring_back()
        for server in (self.one, self.other):
            if not server.running:
                server.start()
        if self.worker.poll() is not None:
            self.worker = self._work()

    def end_worker(self) -> None:
        self.worker.kill()
        self.worker.wait()

    @asynccontextmanager
    async def expecting(self, *alerts: str, along: Collection[str] = ()) -> AsyncIterator[None]:
        """These alerts, by what happens in the block: each fires after it, as some ``along`` with them may, and no
        other. Before it nothing does, or is about to."""
        await self._until(self._mended, lambda found: not found)
        yield
        firing = await self._until(self._prometheus.firing, lambda found: found.issuperset(alerts))
        unexpected = firing - {*alerts, *along, *_AT_FIRST}
        assert not unexpected, f"{unexpected} fires with {alerts}"

    def _mended(self) -> set[str]:
        """The alerts that fire or are about to, with all in place."""
        self.mend()
        return self._prometheus.alerting()

    async def _until(self, ask: Callable[[], set[str]], fact: Callable[[set[str]], bool]) -> set[str]:
        deadline = time.monotonic() + _PATIENCE
        while not fact(found := await asyncio.to_thread(ask)):
            assert time.monotonic() < deadline, f"what is found is {found}"
            await asyncio.sleep(_GLANCE)
        return found

    def _work(self) -> nursery.Child | subprocess.Popen[bytes]:
        return self.stage.work(*_HURRIED, **self._env)


@contextmanager
def running(folder: Path) -> Iterator[Service]:
    port = free_port() - 4
    with raised(folder, durable=False) as stage, scraping(folder, port, hasty=True) as prometheus:
        yield Service(stage, prometheus, folder, port)


@asynccontextmanager
async def meanwhile(act: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """It is done again and again while the block lasts."""

    async def keep_acting() -> None:
        while True:
            await act()
            await asyncio.sleep(0.02)

    acting = asyncio.create_task(keep_acting())
    try:
        yield
    finally:
        acting.cancel()
        [end] = await asyncio.gather(acting, return_exceptions=True)
        if isinstance(end, Exception):
            raise end
