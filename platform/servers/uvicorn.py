"""The second server: uvicorn, on uvloop where it is installed. HTTP is uvicorn's, WebSockets are ours as on Daphne."""

import asyncio
import contextlib
import importlib.util
import math
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from servers import listening
from servers.asgi import Application, Message, Receive, Scope, Send
from servers.lifespan import Lifespan
from servers.limits import Limits
from servers.proxy import Network, behind_proxy
from servers.switchboard import Switchboard
from servers.websocket import WebSocket


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
    accepted.

    Raises:
        StartupFailed: the application refused to start; nothing was listened on.
        CannotListen: another process listens on one of the sockets' addresses.
    """
    limits = limits or Limits()
    if proxies:
        application = behind_proxy(application, proxies)
    switchboard = Switchboard(application, limits)
    config = uvicorn.Config(
        _limited(application, limits.request_body),
        lifespan="off",  # ours: on both servers the same applications start, and the same fail
        ws=cast("type[asyncio.Protocol]", partial(WebSocketProtocol, switchboard)),
        timeout_graceful_shutdown=math.ceil(limits.grace),
        proxy_headers=False,  # by default uvicorn trusts those from 127.0.0.1
        reset_contextvars=True,  # no request begins with the variables of the one before it
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",  # at info it logs each WebSocket with its query string, where tokens may be
    )
    with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
        runner.run(_main(Server(config, switchboard, on_ready), Lifespan(application), sockets, limits))


async def _main(server: "Server", lifespan: Lifespan, sockets: Sequence[socket.socket], limits: Limits) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.signalled)
    if not await lifespan.startup(server.stop):
        return
    try:
        listening.start(sockets)
        await server.serve(list(sockets))
    finally:
        await lifespan.shutdown(limits.grace)


class Server(uvicorn.Server):
    """uvicorn's server, which ends normally after a signal instead of raising it once more."""

    def __init__(self, config: uvicorn.Config, switchboard: Switchboard, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()
        self.server_state.tasks = switchboard.tasks  # uvicorn waits for those, too, before it ends
        self._switchboard = switchboard
        self._on_ready = on_ready

    def signalled(self) -> None:
        """Drain; the second time, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self.stop.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._watch = asyncio.create_task(self._switchboard.watch())
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._watch.cancel()
        await super().shutdown(sockets)
        await self._switchboard.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop
    import uvloop

    loop_factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return loop_factory


class WebSocketProtocol(asyncio.Protocol):
    """Passes the transport's events on."""

    def __init__(self, switchboard: Switchboard, *, server_state: ServerState, **_: Any) -> None:
        self._switchboard = switchboard
        self._connections = server_state.connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(cast("Any", self))
        self._socket = WebSocket(TransportLine(cast("asyncio.Transport", transport)), self._switchboard)
        self.data_received = self._socket.data_received  # type: ignore[method-assign]
        self.pause_writing = self._socket.pause_writing  # type: ignore[method-assign]
        self.resume_writing = self._socket.resume_writing  # type: ignore[method-assign]

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(cast("Any", self))
        self._socket.lost()

    def shutdown(self) -> None:
        """The server is stopping."""
        self._socket.go_away()


class TransportLine:
    """The ``servers.websocket.Line`` of one asyncio transport."""

    __slots__ = ("_transport", "abort", "close", "pause_reading", "resume_reading", "unsent", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write = transport.write
        self.unsent = transport.get_write_buffer_size
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.close = transport.close
        self.abort = transport.abort
        listening.bound_send_buffer(transport.get_extra_info("socket"))

    def about(self) -> Scope:
        client, server = get_remote_addr(self._transport), get_local_addr(self._transport)
        return {
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "client": client and list(client),
            "server": server and list(server),
        }

    def write_eof(self) -> None:
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()


def _limited(application: Application, request_body: int) -> Application:
    """Answer 413 to a request that announces too large a body; one that sends it unannounced is cut off."""

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await application(scope, receive, send)
        if int(dict(scope["headers"]).get(b"content-length", b"0")) > request_body:
            return await _refuse(send)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message if received <= request_body else {"type": "http.disconnect"}

        return await application(scope, counted, send)

    return limited


async def _refuse(send: Send) -> None:
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
