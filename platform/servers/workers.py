"""Several server processes on the same listening sockets.

The parent binds, starts each worker as a fresh process of the same command (no fork: event loops and pools do
not survive one) and hands down three kinds of file descriptors: the sockets, a pipe on which the worker says
that it is ready, and a pipe that only the parent's death closes.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from servers import listening

logger = logging.getLogger(__name__)

ENVIRONMENT = "PARLEY_WORKER"
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
STABLE = 60.0
KILL_AFTER = 3.0
"""Seconds beyond the grace; draining takes the grace, and closing down a little more."""


class WorkerFailed(Exception):
    """A worker ended before it was ever ready; it has said why itself."""


def supervise(
    count: int,
    sockets: Sequence[socket.socket],
    *,
    grace: float,
    on_ready: Callable[[], None] = lambda: None,
    command: Sequence[str] = (sys.executable, *sys.orig_argv[1:]),
) -> None:
    """Keep ``count`` workers running ``command`` until SIGTERM or SIGINT, then wait for all of them to end. SIGHUP
    replaces them by new processes, which may be of another release, one by one.

    In a worker, ``inherited()`` returns what it was given. One that dies is replaced, after a delay
    that doubles while they die young. One still there ``KILL_AFTER`` seconds after the grace is killed.

    Raises:
        WorkerFailed: the first start of a worker failed; the others are stopped.
    """
    asyncio.run(_Supervisor(count, sockets, grace, on_ready, command).run())


class Inherited:
    """A worker's share: the sockets to serve, and ``ready`` to call once it does."""

    def __init__(self, sockets: list[socket.socket], ready_fd: int) -> None:
        self.sockets = sockets
        self._ready_fd = ready_fd

    def ready(self) -> None:
        """Tell the parent."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._ready_fd, b"1")
        os.close(self._ready_fd)


def inherited(grace: float) -> Inherited | None:
    """What the parent handed down, or None in a process that is no worker.

    From now on the parent's death ends this process, as a SIGTERM would.
    """
    value = os.environ.pop(ENVIRONMENT, None)
    if value is None:
        return None
    ready_fd, lifeline_fd, *socket_fds = (int(number) for number in value.split(","))
    for fd in (ready_fd, lifeline_fd, *socket_fds):
        os.set_inheritable(fd, False)
    threading.Thread(target=_end_with_parent, args=(lifeline_fd, grace), daemon=True).start()
    return Inherited([socket.socket(fileno=fd) for fd in socket_fds], ready_fd)


def _end_with_parent(lifeline_fd: int, grace: float) -> None:
    os.read(lifeline_fd, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace + KILL_AFTER)
    os._exit(1)


class _Supervisor:
    def __init__(
        self,
        count: int,
        sockets: Sequence[socket.socket],
        grace: float,
        on_ready: Callable[[], None],
        command: Sequence[str],
    ) -> None:
        self._sockets = sockets
        self._grace = grace
        self._on_ready = on_ready
        self._command = command
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        self._keepers = [_Keeper() for _ in range(count)]
        self._processes: set[asyncio.subprocess.Process] = set()
        self._lifeline, self._held_open = os.pipe()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)
        workers = {asyncio.create_task(self._keep(keeper)) for keeper in self._keepers}
        others = [asyncio.create_task(each) for each in (self._announce(), self._replace_when_told())]
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait({stop, *workers}, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        if not self._stop.is_set():
            self._end()
        listening.close(self._sockets)
        await self._all_ended(workers)
        await asyncio.gather(*workers)

    async def _all_ended(self, workers: set[asyncio.Task[None]]) -> None:
        """Wait for every process: also for one that was to replace another, which nobody keeps yet."""
        ending = {*workers, *(asyncio.create_task(each.wait()) for each in self._processes)}
        _, late = await asyncio.wait(ending, timeout=self._grace + KILL_AFTER)
        if late:
            running = [process for process in self._processes if process.returncode is None]
            logger.warning("Killing %d workers that did not end in time", len(running))
            for process in running:
                process.kill()
            await asyncio.wait(ending)

    def _end(self) -> None:
        """Pass the signal on: each one that we get, because a second one hurries."""
        self._stop.set()
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    async def _announce(self) -> None:
        for keeper in self._keepers:
            await keeper.was_ready.wait()
        self._on_ready()

    async def _keep(self, keeper: "_Keeper") -> None:
        """Run one worker, and its successors."""
        delay = FIRST_DELAY
        while not self._stop.is_set():
            started = time.monotonic()
            process = keeper.successor or await self._start(keeper.was_ready)
            keeper.process, keeper.successor = process, None
            code = await process.wait()
            self._processes.discard(process)
            if self._stop.is_set():
                return
            if not keeper.was_ready.is_set():
                raise WorkerFailed(f"a worker ended with code {code} before it was ready")
            if keeper.successor:
                continue
            delay = FIRST_DELAY if time.monotonic() - started > STABLE else min(delay * 2, LONGEST_DELAY)
            logger.error("A worker ended with code %d; the next one starts in %g s", code, delay)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), delay)

    async def _replace_when_told(self) -> None:
        """On SIGHUP, replace the workers one by one: a new one answers before the old one is told to end."""
        while True:
            await self._reload.wait()
            self._reload.clear()
            for keeper in self._keepers:
                if not await self._replace(keeper):
                    logger.error("The new worker did not start; the others stay as they are")
                    break

    async def _replace(self, keeper: "_Keeper") -> bool:
        ready = asyncio.Event()
        process = await self._start(ready)
        if not ready.is_set():
            await process.wait()
            self._processes.discard(process)
            return False
        keeper.successor, old = process, keeper.process
        if old is not None:
            with contextlib.suppress(ProcessLookupError):
                old.terminate()
        return True

    async def _start(self, was_ready: asyncio.Event) -> asyncio.subprocess.Process:
        """A new process; it is ready, or ending, when this returns."""
        ready, ready_in_child = os.pipe()
        descriptors = [ready_in_child, self._lifeline, *(each.fileno() for each in self._sockets)]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=subprocess.DEVNULL,
                pass_fds=descriptors,
                env={**os.environ, ENVIRONMENT: ",".join(map(str, descriptors))},
                process_group=0,  # Ctrl-C reaches the parent only, who passes it on once
            )
        finally:
            os.close(ready_in_child)
        self._processes.add(process)
        if self._stop.is_set():  # the signal came while the process was being made
            process.terminate()
        if await _one_byte(ready):
            was_ready.set()
        return process


class _Keeper:
    """One place among the workers: who is in it, and who comes next."""

    def __init__(self) -> None:
        self.was_ready = asyncio.Event()
        self.process: asyncio.subprocess.Process | None = None
        self.successor: asyncio.subprocess.Process | None = None


async def _one_byte(fd: int) -> bytes:
    """A byte from a pipe, or none when its other end is closed."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb")
    )
    byte = await reader.read(1)
    transport.close()
    return byte
