"""HTTP requests: Daphne's, with a limit on the body, flow control on the response and a drain."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import daphne.http_protocol

from servers.asgi import Message
from servers.daphne.transports import tcp_connection, unsent
from servers.headers import checked_headers


class HTTPFactory(daphne.http_protocol.HTTPFactory):  # type: ignore[misc]
    """Daphne's factory for our requests."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = WebRequest
        return protocol


class WebRequest(daphne.http_protocol.WebRequest):  # type: ignore[misc]
    """One request and its response. ``send`` waits while the client does not take what was sent."""

    _has_headers = False
    _refused = False
    _unsent = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parsePOSTFormSubmission = False  # Twisted would take each form apart, in memory and for nobody
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._moved_at = monotonic()
        self._writable = asyncio.Event()
        self._writable.set()
        self._received = 0

    # The request

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """Twisted has read the headers."""
        self._has_headers = True
        super().gotLength(length)
        if length is not None and length > self.server.limits.request_body:
            self._refuse_body()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._received += len(data)
        if self._received > self.server.limits.request_body:
            self._refuse_body()
        elif not self._refused:
            super().handleContentChunk(data)

    def _refuse_body(self) -> None:
        """Answer 413 at once, and read on for a while: closing now would reset the answer away."""
        if self._refused:
            return
        self._refused = True
        self.requestHeaders.removeHeader(b"expect")  # which Twisted would answer "100 Continue"
        self.channel.transport.write(
            b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        self.channel.dataReceived = lambda data: None
        seconds = self.server.limits.close_seconds
        asyncio.get_running_loop().call_later(seconds, self.channel.transport.abortConnection)

    def process(self) -> Any:
        """The request is complete."""
        if self._refused:
            return None
        if self.server.draining:
            self.channel.persistent = 0
            return self.basic_error(503, b"Service Unavailable", "The server is restarting.")
        self.requestHeaders.removeHeader(b"daphne-root-path")  # Daphne lets a client choose root_path by it
        self.channel.registerProducer(self, True)
        return super().process()

    @property
    def receive(self) -> Callable[[], Awaitable[Message]]:
        """ASGI's ``receive``."""
        return self.inbox.get

    # The response

    async def send(self, message: Message) -> None:
        """ASGI ``send``; nothing is sent after the end."""
        if self not in self.server.switchboard.connections:
            return
        if message["type"] == "http.response.start":
            message = {**message, "headers": checked_headers(message.get("headers", ()))}
            if self.server.draining:
                self.go_away()
        self.handle_reply(message)
        await self._writable.wait()

    def handle_reply(self, message: Message) -> None:
        super().handle_reply(message)
        if message["type"] == "http.response.start" and not self.channel.persistent:
            self.setHeader(b"connection", b"close")

    def application_ended(self, error: BaseException | None) -> None:
        """An incomplete response is cut off, so that the client knows."""
        if self._response_started:
            self.transport.abortConnection()
        else:
            self.basic_error(500, b"Internal Server Error", "The application failed.")

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": f"{status} {body}\n".encode()})

    # Twisted's flow control

    def pauseProducing(self) -> None:  # noqa: N802
        self._writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        self._writable.set()

    # The end

    def finish(self) -> None:
        self.channel.unregisterProducer()
        self._writable.set()
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._writable.set()
        super().connectionLost(reason)

    def check_timeouts(self) -> None:
        """End a request whose headers, or a response whose bytes, do not move."""
        limits, now = self.server.limits, monotonic()
        left = 0 if self._writable.is_set() else unsent(tcp_connection(self.transport))
        if self._has_headers and (left == 0 or left != self._unsent):
            self._unsent, self._moved_at = left, now
        elif now - self._moved_at > (limits.response_seconds if self._has_headers else limits.header_seconds):
            self.transport.abortConnection()

    def go_away(self) -> None:
        """The response is the last one on this connection."""
        self.channel.persistent = 0
