"""The opening handshake of a WebSocket (RFC 6455 section 4.2): a request judged, and our answer's bytes.

The server has read the request as HTTP, within its limits; judging is the websockets library's.
"""

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from servers.asgi import Scope

Pairs = Iterable[tuple[bytes, bytes]]


class BadHandshake(Exception):
    """The request asks for no WebSocket that we could open; ``answer`` says so."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("not a WebSocket handshake")
        self.answer = answer


class Handshake:
    """A request that may be accepted."""

    def __init__(self, request: bytes) -> None:
        """``request`` is complete, to the end of its headers. Raises BadHandshake."""
        self._request = _parsed(request)
        self._response: Response = ServerProtocol().accept(self._request)
        if self._response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            raise BadHandshake(self._response.serialize())

    @property
    def subprotocols(self) -> list[str]:
        offers = self._request.headers.get_all("Sec-WebSocket-Protocol")
        return [each.strip() for offer in offers for each in offer.split(",")]

    def scope(self) -> Scope:
        """The part of ASGI's scope that the request determines."""
        path, _, query = self._request.path.partition("?")
        return {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in self._request.headers.raw_items()
                if "_" not in name  # or a client could pass X_Forwarded_For as a proxy's X-Forwarded-For
            ],
            "subprotocols": self.subprotocols,
        }

    def acceptance(self, subprotocol: str | None, headers: Pairs) -> bytes:
        """Raises ValueError: the client did not offer ``subprotocol``."""
        response = self._response
        if subprotocol is not None:
            if subprotocol not in self.subprotocols:
                raise ValueError(f"The client did not offer the subprotocol {subprotocol!r}")
            response.headers["Sec-WebSocket-Protocol"] = subprotocol
        for name, value in headers:
            response.headers[name.decode("ascii")] = value.decode("latin-1")
        return response.serialize()


def _parsed(request: bytes) -> Request:
    first, *lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = Headers()
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    try:
        method, path, version = first.split(" ")
    except ValueError:
        raise BadHandshake(denial(HTTPStatus.BAD_REQUEST)) from None
    return Request(path, headers, method, version)


def denial(status: int, headers: Pairs = (), body: bytes = b"") -> bytes:
    """A plain HTTP response instead of a WebSocket; the connection ends after it."""
    ours = {b"content-length": b"%d" % len(body), b"connection": b"close"}
    lines = [b"HTTP/1.1 %d %s" % (status, _phrase(status))]
    lines += [name + b": " + value for name, value in headers if name.lower() not in ours]
    lines += [name + b": " + value for name, value in ours.items()]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _phrase(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode()
    except ValueError:
        return b""
