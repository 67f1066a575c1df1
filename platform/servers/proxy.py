"""The client's address and scheme as the reverse proxies in front of us saw them."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from servers.asgi import Application, Receive, Scope, Send

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def behind_proxy(application: Application, trusted: Sequence[Network]) -> Application:
    """Take client and scheme from ``X-Forwarded-For`` and ``X-Forwarded-Proto`` of connections that come from
    ``trusted`` networks; whatever others say in these headers is their own words.

    Each proxy adds the address that it saw, so the list is read from its end: the first one that is no trusted proxy is
    the client.
    """

    async def forwarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and _is_trusted(_address((scope.get("client") or [""])[0]), trusted):
            client = _client(_listed(scope, b"x-forwarded-for"), trusted)
            scheme = next(reversed(_listed(scope, b"x-forwarded-proto")), "")
            if client:
                scope["client"] = [str(client), 0]
            if scheme in {"http", "https"}:
                scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        await application(scope, receive, send)

    return forwarded


def _client(seen: Sequence[str], trusted: Sequence[Network]) -> Address | None:
    """None where nobody added an address; what stands before something that is none is not looked at."""
    client = None
    for text in reversed(seen):
        address = _address(text)
        if address is None:
            break
        client = address
        if not _is_trusted(address, trusted):
            break
    return client


def _listed(scope: Scope, name: bytes) -> list[str]:
    """A header that may come several times, as one list (RFC 9110 section 5.3)."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return [part.strip() for part in ",".join(values).split(",") if part.strip()]


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
