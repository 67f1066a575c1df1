"""The server: it listens, runs one application task per connection, and drains when told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Any

import daphne.server
from twisted.internet import reactor as twisted_reactor
from twisted.logger import globalLogBeginner

from servers import listening
from servers.asgi import Application, Message, Scope
from servers.daphne.http import HTTPFactory
from servers.daphne.websocket import WebSocketFactory
from servers.lifespan import Lifespan
from servers.limits import Limits
from servers.proxy import Network, behind_proxy
from servers.switchboard import Switchboard

logger = logging.getLogger(__name__)

DRAIN_STEP = 0.02
reactor: Any = twisted_reactor  # Twisted types it by interfaces that it does not list


def serve(
    application: Application,
    sockets: Sequence[socket.socket],
    *,
    limits: Limits | None = None,
    proxies: Sequence[Network] = (),
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve ``application`` on bound sockets until SIGTERM or SIGINT, then drain; a second signal hurries.

    ``proxies``: whose word about clients is taken, see ``servers.proxy``. ``on_ready`` is called once connections are
    accepted. A process can do this once, as
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
    server = Server(behind_proxy(application, proxies) if proxies else application, limits or Limits())
    loop.run_until_complete(server.main(sockets, on_ready))


class Server(daphne.server.Server):  # type: ignore[misc]
    """Daphne's server, whose bookkeeping is the switchboard's: Daphne polls for the end of applications."""

    def __init__(self, application: Application, limits: Limits) -> None:
        super().__init__(application, endpoints=["sockets"], server_name="")
        self.limits = limits
        self.draining = False
        self.switchboard = Switchboard(application, limits)
        self._signals = 0
        self._stop = asyncio.Event()
        self.http_factory = HTTPFactory(self)
        self.ws_factory = WebSocketFactory(self.switchboard)

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
        watch = asyncio.create_task(self.switchboard.watch())
        on_ready()
        await self._stop.wait()
        watch.cancel()
        self.draining = True
        for port in ports:
            port.stopListening()
        listening.close(sockets)
        await self._drain()

    async def _drain(self) -> None:
        self.switchboard.go_away()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.limits.grace
        while self._busy() and self._signals < 2 and loop.time() < deadline:  # noqa: ASYNC110 - many conditions
            await asyncio.sleep(DRAIN_STEP)
        await self.switchboard.cancel()

    def _busy(self) -> bool:
        """Whether a connection is under way, an application runs, or bytes wait for the kernel."""
        return bool(self.switchboard.connections or self.switchboard.tasks or reactor.getWriters())

    # What Daphne's HTTP requests call.

    def protocol_connected(self, request: Any) -> None:
        self.switchboard.connected(request)

    def protocol_disconnected(self, request: Any) -> None:
        self.switchboard.disconnected(request)

    def create_application(self, request: Any, scope: Scope) -> "asyncio.Queue[Message]":
        """Run the application for one request; returns the queue that it receives from."""
        scope["asgi"] = {"version": "3.0", "spec_version": "2.4"}
        self.switchboard.run(request, scope)
        inbox: asyncio.Queue[Message] = request.inbox
        return inbox


def _log_failure(event: Any) -> None:
    failure = event.get("log_failure")
    if failure is not None:
        logger.error("Twisted reports a failure", exc_info=(failure.type, failure.value, failure.getTracebackObject()))
