"""The second server: uvicorn, on uvloop where it is installed.

Where it differs from ours on Daphne: its ``send`` waits while the client does not read, so that a reader who
stops is not cut with 4408 but by the unanswered ping; and it offers no ``parley.outlet``.
"""

import asyncio
import contextlib
import importlib.util
import math
import signal
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from servers import listening
from servers.asgi import Application, Message, Receive, Scope, Send
from servers.lifespan import Lifespan
from servers.limits import Limits
from servers.proxy import behind_proxy


def serve(
    application: Application,
    sockets: Sequence[socket.socket],
    *,
    limits: Limits | None = None,
    trust_proxy: bool = False,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve ``application`` on bound sockets until SIGTERM or SIGINT, then drain; a second signal hurries.

    ``on_ready`` is called once connections are accepted.

    Raises:
        StartupFailed: the application refused to start; nothing was listened on.
        CannotListen: another process listens on one of the sockets' addresses.
    """
    limits = limits or Limits()
    if trust_proxy:
        application = behind_proxy(application)
    config = uvicorn.Config(
        _limited(application, limits.request_body),
        lifespan="off",  # ours: on both servers the same applications start, and the same fail
        ws=WebSocketProtocol,
        ws_max_size=limits.message,
        ws_ping_interval=limits.ping_interval,
        ws_ping_timeout=limits.ping_timeout,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=math.ceil(limits.grace),
        proxy_headers=False,  # by default uvicorn trusts those from 127.0.0.1
        reset_contextvars=True,  # no request begins with the variables of the one before it
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",  # at info it logs each WebSocket with its query string, where tokens may be
    )
    with asyncio.Runner(loop_factory=_fastest_loop()) as runner:
        runner.run(_main(Server(config, on_ready), Lifespan(application), sockets, limits))


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

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()
        self._on_ready = on_ready

    def signalled(self) -> None:
        """Drain; the second time, stop at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self.stop.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _fastest_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop
    import uvloop

    loop_factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return loop_factory


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which lets go of a client that stopped reading.

    uvicorn closes it after an unanswered ping, but only once it has read everything, and so never.
    """

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()


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
