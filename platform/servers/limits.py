"""What one server process allows its clients, and how long it waits for them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes, times in seconds."""

    unsent: int = 1 << 20
    """Written but not yet taken by the kernel, per socket; above it the reader is cut with 4408."""

    waiting_frames: int = 16
    """Messages the application has not taken yet, per socket; above it reading stops until half are left."""

    message: int = 64 << 10
    """One WebSocket message or frame; a larger one closes the socket with 1009."""

    request_body: int = 26 << 20
    """One HTTP request's body; a larger one is answered 413."""

    header_seconds: float = 20
    """From a request's first line to the end of its headers."""

    handshake_seconds: float = 20
    """For the application to accept or refuse a WebSocket."""

    ping_interval: float = 20
    """Silence after which a WebSocket's client is pinged."""

    ping_timeout: float = 30
    """Silence after a ping that ends the connection."""

    response_seconds: float = 60
    """For the client of an HTTP response to take some more of it, before the connection is reset."""

    close_seconds: float = 3
    """For the other side to take what is left and to answer a close frame, before the connection is reset."""

    leave_seconds: float = 10
    """For an application to end after its connection did, before it is cancelled."""

    grace: float = 5
    """For everything under way to end after SIGTERM, before it is cancelled."""
