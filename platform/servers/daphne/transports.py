"""How much of what was written to a Twisted transport still waits in this process."""

from typing import Any


def tcp_connection(transport: Any) -> Any:
    """The TCP connection below wrappers such as TLS: there lie the bytes that the kernel has not taken."""
    while not hasattr(transport, "dataBuffer"):
        transport = transport.transport
    return transport


def unsent(connection: Any) -> int:
    """Bytes that the kernel has not taken. Twisted has no public name for them."""
    length: int = connection._tempDataLen + len(connection.dataBuffer) - connection.offset
    return length


def flush(connection: Any) -> int:
    """Hand the kernel what it takes now and return what is left.

    Twisted writes only between two turns of the event loop: without this, a burst within one turn would count
    against a client that reads well.
    """
    before, after = 0, unsent(connection)
    while after and before != after:
        connection.doWrite()
        before, after = after, unsent(connection)
    return after
