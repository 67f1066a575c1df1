"""How much of what was written to a Twisted transport still waits in this process."""

from typing import Any

from twisted.protocols.policies import ProtocolWrapper


def tcp_connection(transport: Any) -> Any:
    """The TCP connection below wrappers such as TLS: there lie the bytes that the kernel has not taken."""
    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    return transport


def unsent(connection: Any) -> int:
    """Bytes that the kernel has not taken. Twisted has no public name for them."""
    length: int = connection._tempDataLen + len(connection.dataBuffer) - connection.offset
    return length
