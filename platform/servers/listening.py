"""Listening sockets: bound before anything slow happens, so that a taken port is said at once."""

import errno
import socket
from collections.abc import Iterable
from typing import Any

BACKLOG = 1024
_SEND_BUFFER = 128 << 10


class CannotListen(Exception):
    """The address cannot be used; the text is one line that says which and why."""


def bind(hosts: Iterable[str], port: int) -> list[socket.socket]:
    """Bind one TCP socket per numeric host. They do not listen yet: a server does that when it can answer.

    Port 0 takes a free one, the same for all hosts.

    Raises:
        CannotListen: port in use, privileged or out of range, or no such address here.
    """
    sockets: list[socket.socket] = []
    try:
        for host in hosts:
            sockets.append(_bound(host, port))
            port = sockets[-1].getsockname()[1]
    except CannotListen:
        close(sockets)
        raise
    return sockets


def loopback_hosts() -> list[str]:
    """127.0.0.1, and ::1 where this machine has it: browsers may take either for ``localhost``."""
    try:
        _bound("::1", 0).close()
    except CannotListen:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]


def start(sockets: Iterable[socket.socket]) -> None:
    """Let bound sockets accept connections.

    Raises:
        CannotListen: another process listens there since they were bound.
    """
    for sock in sockets:
        sock.setblocking(False)
        try:
            sock.listen(BACKLOG)
        except OSError as error:
            raise CannotListen(_explain(sock.getsockname()[0], sock.getsockname()[1], error)) from error


def bound_send_buffer(sock: Any) -> None:
    """Let the kernel keep at most 256 KiB for an accepted socket (it doubles what it is told, socket(7)). By itself it
    would come to keep several megabytes for a reader that has stopped, before anything is left unsent here."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)


def close(sockets: Iterable[socket.socket]) -> None:
    """Close all of them; the port is free when no other process holds them."""
    for sock in sockets:
        sock.close()


def url(sock: socket.socket) -> str:
    """The address of a bound socket for people to read, such as ``http://[::1]:8000``."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bound(host: str, port: int) -> socket.socket:
    try:
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise CannotListen(_explain(host, port, error)) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
    except (OSError, OverflowError) as error:
        sock.close()
        raise CannotListen(_explain(host, port, error)) from error
    return sock


def _explain(host: str, port: int, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, OverflowError):
        return f"port {port} is not between 0 and 65535"
    if number == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop the other server or choose another port"
    if number == errno.EACCES:
        return f"port {port} needs privileges this user does not have; choose one from 1024"
    if number in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
        return f"{host} is not an address of this machine"
    return f"cannot listen on {host}, port {port}: {error}"
