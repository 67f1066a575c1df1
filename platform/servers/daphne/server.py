"""The server: it listens, runs one application task per connection, and drains when told to stop."""

import asyncio
import contextvars
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import daphne.server
from daphne.ws_protocol import WebSocketFactory
from twisted.internet import reactor as twisted_reactor
from twisted.logger import globalLogBeginner

from servers import listening
from servers.asgi import Application, Message, Scope, Send
from servers.daphne.http import HTTPFactory
from servers.daphne.websocket import WebSocketProtocol
from servers.lifespan import Lifespan
from servers.limits import Limits
from servers.proxy import behind_proxy

logger = logging.getLogger(__name__)

DRAIN_STEP = 0.02
reactor: Any = twisted_reactor  # Twisted types it by interfaces that it does not list


def serve(
    application: Application,
    sockets: Sequence[socket.socket],
    *,
    limits: Limits | None = None,
    trust_proxy: bool = False,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve ``application`` on bound sockets until SIGTERM or SIGINT, then drain; a second signal hurries.

    ``on_ready`` is called once connections are accepted. A process can do this once, as
    Twisted's reactor.

    Raises:
        StartupFailed: the application refused to start; nothing was listened on.
        CannotListen: another process listens on one of the sockets' addresses.
    """
    observer: Any = _log_failure
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False, discardBuffer=True)
    loop = reactor._asyncioEventloop
    asyncio.set_event_loop(loop)
    reactor.startRunning(installSignalHandlers=False)
    server = Server(behind_proxy(application) if trust_proxy else application, limits or Limits())
    loop.run_until_complete(server.main(sockets, on_ready))


class Connection(Protocol):
    """What the server asks of a WebSocket or of an HTTP request under way."""

    send: Send

    def application_ended(self, error: BaseException | None) -> None:
        """The application returned, or raised ``error``."""

    def check_timeouts(self) -> None:
        """Called every few seconds."""

    def go_away(self) -> None:
        """The server is stopping."""


class Server(daphne.server.Server):  # type: ignore[misc]
    """Daphne's server, with bookkeeping that sees an application's end at once, where Daphne polls."""

    def __init__(self, application: Application, limits: Limits) -> None:
        super().__init__(application, endpoints=["sockets"], server_name="")
        self.limits = limits
        self.draining = False
        self.connections: dict[Connection, asyncio.Task[None] | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._left: dict[asyncio.Task[None], float] = {}
        self._signals = 0
        self._stop = asyncio.Event()
        self._context = contextvars.copy_context()
        self.http_factory = HTTPFactory(self)
        self.ws_factory = WebSocketFactory(self, server="")
        self.ws_factory.protocol = WebSocketProtocol
        self.ws_factory.setProtocolOptions(
            allowNullOrigin=True,
            echoCloseCodeReason=True,
            failByDrop=False,  # after a broken rule, read on for the answer to the close frame
            openHandshakeTimeout=limits.handshake_seconds,
            closeHandshakeTimeout=limits.close_seconds,
            maxFramePayloadSize=limits.message,
            maxMessagePayloadSize=limits.message,
        )

    async def main(self, sockets: Sequence[socket.socket], on_ready: Callable[[], None]) -> None:
        """From the application's startup to its shutdown."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)
        lifespan = Lifespan(self.application)
        if not await lifespan.startup(self._stop):
            return
        try:
            await self._serve(sockets, on_ready)
        finally:
            await lifespan.shutdown(self.limits.grace)

    def _signalled(self) -> None:
        self._signals += 1
        self._stop.set()

    async def _serve(self, sockets: Sequence[socket.socket], on_ready: Callable[[], None]) -> None:
        listening.start(sockets)
        ports = [reactor.adoptStreamPort(each.fileno(), each.family, self.http_factory) for each in sockets]
        checks = asyncio.create_task(self._check_timeouts())
        on_ready()
        await self._stop.wait()
        checks.cancel()
        self.draining = True
        for port in ports:
            port.stopListening()
        listening.close(sockets)
        await self._drain()

    async def _drain(self) -> None:
        for connection in list(self.connections):
            connection.go_away()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.limits.grace
        while self._busy() and self._signals < 2 and loop.time() < deadline:  # noqa: ASYNC110 - many conditions
            await asyncio.sleep(DRAIN_STEP)
        if self._tasks:
            logger.warning("Cancelling %d applications that did not end in time", len(self._tasks))
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=1)

    def _busy(self) -> bool:
        """Whether a connection is under way, an application runs, or bytes wait for the kernel."""
        return bool(self.connections or self._tasks or reactor.getWriters())

    async def _check_timeouts(self) -> None:
        limits, loop = self.limits, asyncio.get_running_loop()
        step = min(2.0, limits.ping_interval / 4, limits.ping_timeout / 4)
        while True:
            await asyncio.sleep(step)
            for connection in list(self.connections):
                connection.check_timeouts()
            for task in [task for task, deadline in self._left.items() if deadline < loop.time()]:
                logger.warning("Cancelling an application that outlived its connection by %g s", limits.leave_seconds)
                del self._left[task]
                task.cancel()

    # What Daphne's and our protocols call.

    def protocol_connected(self, protocol: Connection) -> None:
        self.connections[protocol] = None

    def protocol_disconnected(self, protocol: Connection) -> None:
        task = self.connections.pop(protocol, None)
        if task and not task.done():
            self._left[task] = asyncio.get_running_loop().time() + self.limits.leave_seconds

    def create_application(self, protocol: Any, scope: Scope) -> "asyncio.Queue[Message]":
        """Run the application for one connection; returns the queue that it receives from."""
        scope["asgi"] = {"version": "3.0", "spec_version": "2.4"}
        task = asyncio.get_running_loop().create_task(
            self._run(scope, protocol),
            # The current context may be that of an earlier request on this connection, with its variables.
            context=self._context.copy(),
        )
        self._tasks.add(task)
        self.connections[protocol] = task
        inbox: asyncio.Queue[Message] = protocol.inbox
        return inbox

    async def _run(self, scope: Scope, protocol: Any) -> None:
        error: BaseException | None = None
        try:
            await self.application(scope, protocol.inbox.get, protocol.send)
        except asyncio.CancelledError as cancelled:
            error = cancelled
            raise
        except Exception as raised:
            error = raised
            logger.exception("The application failed on %s %s", scope["type"], scope["path"])
        finally:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.discard(task)
            self._left.pop(task, None)
            if protocol in self.connections:
                self.connections[protocol] = None
                protocol.application_ended(error)


def _log_failure(event: Any) -> None:
    failure = event.get("log_failure")
    if failure is not None:
        logger.error("Twisted reports a failure", exc_info=(failure.type, failure.value, failure.getTracebackObject()))
