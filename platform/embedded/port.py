"""The one TCP port of a private run, looked at before slow work is done in vain."""

import contextlib
import errno
import http.client
import socket

from embedded.errors import CannotRun

LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def free_port(text: str) -> int:
    """The port that the text names. Raises CannotRun if it is none, or if it cannot be listened on."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotRun(f"PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    for family, address in LOOPBACKS:
        # Asking first, for macOS lets one bind beside a server that listens on all addresses.
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            client.connect((address, port))
            raise CannotRun(_taken(port))
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _try(server, address, port)
    return port


def _try(server: socket.socket, address: str, port: int) -> None:
    try:
        server.bind((address, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotRun(_taken(port)) from None
        if error.errno == errno.EACCES:
            raise CannotRun(f"Port {port} needs rights you lack. Choose another: make run PORT=8001") from None
        raise  # no such address: a machine without IPv6


def _taken(port: int) -> str:
    return f"port {port} is in use. Choose another: make run PORT={port + 1 if port < 65535 else 8001}"


def answers_ready(port: int) -> bool:
    """Whether /health/ready on that port says 200."""
    connection = http.client.HTTPConnection("localhost", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
