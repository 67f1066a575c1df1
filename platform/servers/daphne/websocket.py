"""WebSockets on Twisted: Daphne hands a request to upgrade to the factory here, the rest is ``servers.websocket``'s.

Autobahn, which Daphne itself uses, is passed by: it takes a dozen times as long over each frame.
"""

from contextlib import suppress
from typing import Any

from twisted.internet.interfaces import ISSLTransport
from twisted.internet.protocol import Protocol

from servers.asgi import Scope
from servers.daphne.transports import tcp_connection, unsent
from servers.listening import bound_send_buffer
from servers.switchboard import Switchboard
from servers.websocket import WebSocket


class WebSocketFactory:
    """What Daphne's HTTP requests look for on their server."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def buildProtocol(self, address: Any) -> "WebSocketProtocol":  # noqa: N802
        return WebSocketProtocol(self._switchboard)


class WebSocketProtocol(Protocol):
    """Passes Twisted's events on."""

    transport: Any
    _raw_query_string: bytes  # set by Daphne's HTTP request; it is in the request line, too

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def connectionMade(self) -> None:  # noqa: N802
        self.transport.setTcpNoDelay(True)
        self._socket = WebSocket(TwistedLine(self.transport), self._switchboard)
        self.transport.unregisterProducer()  # the HTTP channel that this connection began as
        self.transport.registerProducer(Flow(self._socket), True)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._socket.data_received(data)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: N802
        self._socket.lost()


class TwistedLine:
    """The ``servers.websocket.Line`` of one Twisted transport."""

    __slots__ = ("_connection", "_transport")

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._connection = tcp_connection(transport)
        bound_send_buffer(self._connection.socket)

    def about(self) -> Scope:
        transport = self._transport
        peer, host = transport.getPeer(), transport.getHost()
        return {
            "scheme": "wss" if ISSLTransport.providedBy(transport) else "ws",
            "client": [peer.host, peer.port] if hasattr(peer, "port") else None,
            "server": [host.host, host.port] if hasattr(host, "port") else None,
        }

    def write(self, data: bytes) -> None:
        """Straight to the kernel if nothing waits: Twisted would go round the event loop first, and touch its
        selector twice."""
        connection = self._connection
        if connection is self._transport and not unsent(connection):
            with suppress(OSError):  # full, or broken: Twisted finds out which
                data = data[connection.socket.send(data) :]
        if data:
            self._transport.write(data)

    def unsent(self) -> int:
        return unsent(self._connection)

    def pause_reading(self) -> None:
        self._transport.pauseProducing()

    def resume_reading(self) -> None:
        self._transport.resumeProducing()

    def write_eof(self) -> None:
        self._transport.unregisterProducer()
        if self._connection is self._transport:
            self._transport.loseWriteConnection()
        else:
            self._transport.loseConnection()

    def close(self) -> None:
        self._transport.unregisterProducer()
        self._transport.loseConnection()

    def abort(self) -> None:
        self._transport.abortConnection()


class Flow:
    """Twisted's way to say that a transport's buffer fills (64 KiB), and that it is empty again."""

    __slots__ = ("_socket",)

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    def pauseProducing(self) -> None:  # noqa: N802
        self._socket.pause_writing()

    def resumeProducing(self) -> None:  # noqa: N802
        self._socket.resume_writing()

    def stopProducing(self) -> None:  # noqa: N802
        self._socket.resume_writing()
