"""What the connections of a process share: the application's tasks, one look at the clock, one flush a turn."""

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from servers.asgi import Application, Message, Scope, Send
from servers.limits import Limits

logger = logging.getLogger(__name__)
_FLUSHED_IN_A_TURN = 128


class Connection(Protocol):
    """A WebSocket, or an HTTP request under way."""

    @property
    def receive(self) -> Callable[[], Awaitable[Message]]: ...

    @property
    def send(self) -> Send: ...

    def application_ended(self, error: BaseException | None) -> None:
        """The application returned, or raised ``error``."""

    def check_timeouts(self) -> None:
        """Called every few seconds."""

    def go_away(self) -> None:
        """The server is stopping."""


class Flushable(Protocol):
    def flush(self) -> None:
        """Hand what was written to the transport."""


class Switchboard:
    """One application task for each connection; the application's end is seen at once."""

    def __init__(self, application: Application, limits: Limits) -> None:
        self.application = application
        self.limits = limits
        self.connections: dict[Connection, asyncio.Task[None] | None] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self._left: dict[asyncio.Task[None], float] = {}
        self._context = contextvars.copy_context()
        self._written: deque[Flushable] = deque()

    def connected(self, connection: Connection) -> None:
        self.connections[connection] = None

    def run(self, connection: Connection, scope: Scope) -> None:
        """Run the application for a connection."""
        task = asyncio.get_running_loop().create_task(
            self._run(connection, scope),
            # The current context may be that of an earlier request on this connection, with its variables.
            context=self._context.copy(),
        )
        self.tasks.add(task)
        self.connections[connection] = task

    def disconnected(self, connection: Connection) -> None:
        task = self.connections.pop(connection, None)
        if task and not task.done():
            self._left[task] = asyncio.get_running_loop().time() + self.limits.leave_seconds

    async def _run(self, connection: Connection, scope: Scope) -> None:
        error: BaseException | None = None
        try:
            await self.application(scope, connection.receive, connection.send)
        except asyncio.CancelledError as cancelled:
            error = cancelled
            raise
        except Exception as raised:
            error = raised
            logger.exception("The application failed on %s %s", scope["type"], scope["path"])
        finally:
            task = asyncio.current_task()
            assert task is not None
            self.tasks.discard(task)
            self._left.pop(task, None)
            if connection in self.connections:
                self.connections[connection] = None
                connection.application_ended(error)

    def flush_soon(self, socket: Flushable) -> None:
        """What a socket writes before its turn comes leaves it in one piece."""
        if not self._written:
            asyncio.get_running_loop().call_soon(self._flush)
        self._written.append(socket)

    def _flush(self) -> None:
        """A few sockets in each turn of the event loop: while a large room hears of one commit, the next one begins."""
        written = self._written
        for _ in range(min(len(written), _FLUSHED_IN_A_TURN)):
            written.popleft().flush()
        if written:
            asyncio.get_running_loop().call_soon(self._flush)

    async def watch(self) -> None:
        """Check timeouts, for as long as the server runs."""
        limits, loop = self.limits, asyncio.get_running_loop()
        step = min(2.0, limits.ping_interval / 4, limits.ping_timeout / 4)
        while True:
            await asyncio.sleep(step)
            for connection in tuple(self.connections):
                connection.check_timeouts()
            for task in [task for task, deadline in self._left.items() if deadline < loop.time()]:
                logger.warning("Cancelling an application that outlived its connection by %g s", limits.leave_seconds)
                del self._left[task]
                task.cancel()

    def go_away(self) -> None:
        for connection in tuple(self.connections):
            connection.go_away()

    async def cancel(self) -> None:
        """End what has not ended by itself."""
        if self.tasks:
            logger.warning("Cancelling %d applications that did not end in time", len(self.tasks))
            for task in self.tasks:
                task.cancel()
            await asyncio.wait(self.tasks, timeout=1)
