"""One WebSocket: autobahn's protocol, with bounds both ways and Daphne's factory above it.

It builds on autobahn's class and not on Daphne's WebSocketProtocol, of which nothing would be left: that one
takes root_path from a client's header, refuses most close codes and may send no message above the limit for
received ones.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any
from urllib.parse import unquote

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.util import encode_truncate
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ISSLTransport
from twisted.web.http import RESPONSES

from servers.asgi import Message, Scope
from servers.daphne.headers import checked_headers
from servers.daphne.inbox import Inbox
from servers.daphne.transports import flush, tcp_connection, unsent
from servers.outlet import BINARY, EXTENSION, TEXT, TOO_SLOW, frame_header

ABNORMAL = 1006
INTERNAL_ERROR = 1011
RESTARTING = 1012
NO_CODE = 1005


class WebSocketProtocol(WebSocketServerProtocol):
    """One client, from its handshake request to the loss of its connection.

    The application is told of the end once, when it is decided and not when the client has answered.
    """

    inbox: Inbox
    transport: Any
    _raw_query_string: bytes  # set by Daphne's HTTP request
    _handshake: "Deferred[Any] | None" = None
    _denial: tuple[int, list[tuple[bytes, bytes]], list[bytes]] | None = None
    _told = False
    _paused = False
    _pinged_at: float | None = None

    # The handshake

    def connectionMade(self) -> None:  # noqa: N802
        self.server = self.factory.server_class
        self.limits = self.server.limits
        self.inbox = Inbox(self.limits.waiting_frames, self._resume_soon)
        self._connection = tcp_connection(self.transport)
        self._heard_at = monotonic()
        super().connectionMade()

    def onConnect(self, request: ConnectionRequest) -> Any:  # noqa: N802
        self._handshake = Deferred()
        self.server.protocol_connected(self)
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.server.create_application(self, self._scope(request))
        return self._handshake

    def _scope(self, request: ConnectionRequest) -> Scope:
        path = self.http_request_uri.partition("?")[0]
        peer, host = self.transport.getPeer(), self.transport.getHost()
        return {
            "type": "websocket",
            "http_version": "1.1",
            "scheme": "wss" if ISSLTransport.providedBy(self.transport) else "ws",
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": self._raw_query_string,
            "root_path": "",
            "headers": [
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in request.headers.items()
                if "_" not in name  # or a client could pass X_Forwarded_For as a proxy's X-Forwarded-For
            ],
            "client": [peer.host, peer.port] if hasattr(peer, "port") else None,
            "server": [host.host, host.port] if hasattr(host, "port") else None,
            "subprotocols": list(request.protocols),
            "extensions": {"websocket.http.response": {}, EXTENSION: SocketOutlet(self)},
        }

    def _accept(self, message: Message) -> None:
        if self._handshake is None or self._denial:
            raise RuntimeError("The WebSocket was accepted or refused already")
        subprotocol = message.get("subprotocol")
        if subprotocol is not None and subprotocol not in self.websocket_protocols:
            raise ValueError(f"The client did not offer the subprotocol {subprotocol!r}")
        headers: dict[str, list[str]] = {}
        for name, value in checked_headers(message.get("headers", ())):
            headers.setdefault(name.decode("ascii"), []).append(value.decode("ascii"))
        handshake, self._handshake = self._handshake, None
        handshake.callback((subprotocol, headers))

    def onOpen(self) -> None:  # noqa: N802
        self._flow = Flow()
        self.transport.unregisterProducer()  # the HTTP channel that this connection began as
        self.transport.registerProducer(self._flow, True)

    def _start_denial(self, message: Message) -> None:
        if self._handshake is None or self._denial:
            raise RuntimeError("The WebSocket was accepted or refused already")
        self._denial = (message["status"], checked_headers(message.get("headers", ())), [])

    def _continue_denial(self, message: Message) -> None:
        if self._handshake is None or not self._denial:
            raise RuntimeError("websocket.http.response.start must come first")
        status, headers, body = self._denial
        body.append(message.get("body", b""))
        if not message.get("more_body", False):
            self._deny(status, headers, b"".join(body))

    def _deny(self, status: int, headers: Iterable[tuple[bytes, bytes]] = (), body: bytes = b"") -> None:
        """Answer the handshake with an HTTP response; autobahn's own denial has no headers and no body."""
        self._handshake = None
        ours = {b"content-length": b"%d" % len(body), b"connection": b"close"}
        lines = [b"HTTP/1.1 %d %s" % (status, RESPONSES.get(status, b""))]
        lines += [name + b": " + value for name, value in headers if name.lower() not in ours]
        lines += [name + b": " + value for name, value in ours.items()]
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        self._tell(ABNORMAL)
        self.wasNotCleanReason = f"refused with {status}"
        self.dropConnection()

    # In-bound: from the client to the application

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._heard_at = monotonic()
        self._pinged_at = None
        self._dataReceived(data)

    def consumeData(self) -> None:  # noqa: N802
        """Autobahn's loop, save that a full inbox stops it in the middle of what was read."""
        if self.state in (self.STATE_OPEN, self.STATE_CLOSING):
            while not self._paused and self.processData() and self.state != self.STATE_CLOSED:
                pass
        elif self._handshake is None:
            super().consumeData()
        elif len(self.data) > self.limits.message:  # frames before our answer to the handshake: they may wait
            self.dropConnection(abort=True)

    def onMessageFrameData(self, payload: bytes) -> None:  # noqa: N802
        if payload:  # autobahn keeps each piece until the message ends, and empty ones cost a client nothing
            super().onMessageFrameData(payload)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        if self._told:
            return
        if isBinary:
            self.inbox.put_nowait({"type": "websocket.receive", "bytes": payload})
        else:
            self.inbox.put_nowait({"type": "websocket.receive", "text": payload.decode()})
        if self.inbox.hold_if_full():
            self._paused = True
            self.transport.pauseProducing()

    def _resume_soon(self) -> None:
        asyncio.get_event_loop().call_soon(self._resume)

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._heard_at = monotonic()
            self.consumeData()
        if not self._paused:
            self.transport.resumeProducing()

    # Out-bound: from the application to the client

    async def send(self, message: Message) -> None:
        """ASGI ``send``; nothing is sent after the end."""
        kind = message["type"]
        if self._told:
            return
        if kind == "websocket.send":
            text = message.get("text")
            payload, first_byte = (message["bytes"], BINARY) if text is None else (text.encode(), TEXT)
            self.write(frame_header(first_byte, len(payload)) + payload)
        elif kind == "websocket.close":
            self.close(message.get("code") or 1000, message.get("reason") or "")
        elif kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.http.response.start":
            self._start_denial(message)
        elif kind == "websocket.http.response.body":
            self._continue_denial(message)
        else:
            raise ValueError(f"A WebSocket cannot send {kind}")

    def write(self, frames: bytes) -> None:
        """Send complete frames; after the end they are dropped.

        Raises:
            RuntimeError: the handshake is not answered yet.
        """
        if self._told:
            return
        if self.state == self.STATE_CONNECTING:
            raise RuntimeError("The WebSocket is not accepted yet")
        self.sendData(frames)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Every byte to the client goes through here, autobahn's pongs and closes too."""
        self.transport.write(data)
        bound = self.limits.unsent
        if not self._told and unsent(self._connection) > bound and flush(self._connection) > bound:
            self.close(TOO_SLOW, "reader too slow")

    def unsent(self) -> int:
        """Bytes written that the kernel has not taken."""
        return unsent(self._connection)

    async def drained(self) -> None:
        if not self._told and self.state == self.STATE_OPEN:
            await self._flow.writable.wait()

    # The end

    def close(self, code: int, reason: str = "") -> None:
        """Start the closing handshake, or refuse the opening one; the client has ``close_seconds``."""
        if self._handshake is not None:
            self._deny(403)
        elif self.state == self.STATE_OPEN:
            self._tell(code, reason)
            self.sendCloseFrame(code, encode_truncate(reason, 123))

    def application_ended(self, error: BaseException | None) -> None:
        if self._handshake is not None:
            self._deny(500)
        else:
            self.close(INTERNAL_ERROR if error else 1000)

    def go_away(self) -> None:
        if self._handshake is not None:
            self._deny(503)
        else:
            self.close(RESTARTING, "server restarting")

    def check_timeouts(self) -> None:
        if self.state != self.STATE_OPEN or self._paused:  # while paused it is we who do not listen
            return
        now = monotonic()
        if self._pinged_at is None:
            if now - self._heard_at >= self.limits.ping_interval:
                self._pinged_at = now
                self.sendPing()
        elif now - self._pinged_at >= self.limits.ping_timeout:
            self.wasNotCleanReason = "no answer to a ping"
            self.dropConnection(abort=True)

    def _fail_connection(self, code: int = 1001, reason: str = "") -> None:
        """Autobahn found a broken rule. At a second one it would drop the connection, close frame and all."""
        self.failedByMe = True
        self.close(code, reason)

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        """Autobahn resets a connection whose closing handshake is complete; this lets the last bytes out."""
        super().dropConnection(abort and not self.wasClean)
        asyncio.get_running_loop().call_later(self.limits.close_seconds, self.transport.abortConnection)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """The connection is lost. Without a clean close the reason is Twisted's, not the client's."""
        self._handshake = None
        self._tell(NO_CODE if code is None else code, (wasClean and reason) or "")
        self.server.protocol_disconnected(self)

    def _tell(self, code: int, reason: str = "") -> None:
        if self._told:
            return
        self._told = True
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if hasattr(self, "_flow"):
            self._flow.stopProducing()
        if self._paused:  # to hear the answer to our close frame
            self._resume_soon()


class Flow:
    """Whether the transport's buffer is nearly empty (Twisted pauses at 64 KiB and resumes at none)."""

    __slots__ = ("writable",)

    def __init__(self) -> None:
        self.writable = asyncio.Event()
        self.writable.set()

    def pauseProducing(self) -> None:  # noqa: N802
        self.writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.writable.set()


class SocketOutlet:
    """The ``servers.outlet.Outlet`` of one WebSocket."""

    __slots__ = ("_protocol", "close", "drained", "write_frames")

    def __init__(self, protocol: WebSocketProtocol) -> None:
        self._protocol = protocol
        self.write_frames: Callable[[bytes], None] = protocol.write
        self.close = protocol.close
        self.drained = protocol.drained

    @property
    def unsent(self) -> int:
        return self._protocol.unsent()

    def write_text(self, payloads: Iterable[bytes]) -> None:
        parts: list[bytes] = []
        for payload in payloads:
            parts += (frame_header(TEXT, len(payload)), payload)
        if parts:
            self._protocol.write(b"".join(parts))
