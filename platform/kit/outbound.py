"""Requests to servers that somebody else names: a webhook's URL, a key set's URL.

Such a URL may be aimed at what only we can reach (server-side request forgery). So for each connection the name is
resolved once, every address behind it has to be a public one, and the connection goes to the address that was looked
at: a name that resolves otherwise a moment later gains nothing. Redirects are not followed, the environment's proxies
are not used.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, ip_address, ip_network
from itertools import takewhile
from time import monotonic
from typing import Self

import httpcore
import httpx

_MOST_ADDRESSES = 3  # of one name, tried one after the other
_CONNECT_SECONDS = 4.0  # for each of them
_IDLE_SECONDS = 30.0  # for which a connection is kept
_UNUSED_SECONDS = 300.0  # after which a line is forgotten: longer than any request takes
_MOST_IDLE = 32  # connections of a line
_STANDARD_PORTS = {"http": 80, "https": 443}
_UNREACHED = (httpcore.ConnectError, httpcore.ConnectTimeout)
_BROKEN_OFF = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)
_FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+\Z")
_NUMERIC = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)\Z")  # 2130706433, 0177.1, 0x7f.1: addresses to some resolvers

# Threads of their own: a name server that stalls is to hold up nothing else.
_resolvers = ThreadPoolExecutor(max_workers=32, thread_name_prefix="resolve")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name, for a port. Raises OSError when there are none."""


class OutboundRefused(Exception):
    """The request is not made: the URL, or what its name resolves to, is nothing that a guest may have us call."""


class OutboundFailed(Exception):
    """The request was tried and got no answer: unknown name, no connection, bad certificate, broken off, too slow."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` have lower-case names. ``cut``: the body was longer and its rest was not read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False


async def resolve(host: str, port: int) -> Sequence[str]:
    """As the operating system resolves names."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_resolvers, _getaddrinfo, host, port)
    return list(dict.fromkeys(found))


def _getaddrinfo(host: str, port: int) -> list[str]:
    return [str(place[0]) for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """``allow`` names hosts (in lower case) that may be called whatever their address, port and scheme: for
    development, or for a receiver inside one's own network. ``tls`` replaces the usual certificate authorities."""

    allow: frozenset[str] = frozenset()
    resolve: Resolve = resolve
    tls: ssl.SSLContext | None = None


async def request(
    method: str,
    url: str,
    *,
    policy: OutboundPolicy,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    timeout: float = 10.0,
    most_bytes: int = 65_536,
) -> Answer:
    """As ``Lines.request``, over a connection of its own."""
    async with Lines(policy) as lines:
        return await lines.request(method, url, headers=headers, body=body, timeout=timeout, most_bytes=most_bytes)


class Lines:
    """Connections that are kept for the next request to the same scheme, host and port; of one event loop.

    They are kept by name, not by address: a certificate was judged for one name, though others may share its address.
    Each new connection is to addresses that were looked up and judged for it.
    """

    def __init__(self, policy: OutboundPolicy) -> None:
        self._policy = policy
        self._lines: dict[str, _Line] = {}  # by origin, the longest unused first

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float = 10.0,
        most_bytes: int = 65_536,
    ) -> Answer:
        """The answer, whatever its status, redirects included; at most ``most_bytes`` of its body, undecoded.

        ``timeout`` is in seconds and covers everything from the look-up of the name to the answer's last byte. What is
        sent while the other side gives a kept connection up is sent once more. Raises OutboundRefused, OutboundFailed.
        """
        target = check_url(url, self._policy)
        try:
            async with asyncio.timeout(timeout):
                line = await self._line(target)
                return await line.ask(_question(method, target, headers or {}, body), most_bytes)
        except TimeoutError:
            raise OutboundFailed(f"no answer within {timeout:g} s") from None
        except (*_FAILURES, OSError, UnicodeError) as error:
            raise OutboundFailed(_reason(error)) from None

    async def _line(self, target: httpx.URL) -> _Line:
        origin, now = f"{target.scheme}://{_host(target)}:{_port(target)}", monotonic()
        line = self._lines.pop(origin, None) or _Line(self._policy)
        line.used_at = now
        self._lines[origin] = line
        for unused in list(takewhile(lambda other: self._lines[other].used_at < now - _UNUSED_SECONDS, self._lines)):
            await self._lines.pop(unused).close()
        return line

    async def close(self) -> None:
        while self._lines:
            await self._lines.popitem()[1].close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Line:
    """The connections to one scheme, host and port: as many as are needed at once, the idle ones kept."""

    def __init__(self, policy: OutboundPolicy) -> None:
        self.used_at = 0.0
        self._guard = _Guard(policy)
        # Below httpx's client: that would log the URL, keep cookies, and look for proxies.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=policy.tls or _authorities(),
            max_connections=None,
            max_keepalive_connections=_MOST_IDLE,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=self._guard,
        )

    async def ask(self, question: httpcore.Request, most_bytes: int) -> Answer:
        connected = self._guard.connected
        try:
            return await self._ask(question, most_bytes)
        except _BROKEN_OFF:
            if self._guard.connected > connected:
                raise
        return await self._ask(question, most_bytes)

    async def _ask(self, question: httpcore.Request, most_bytes: int) -> Answer:
        answer = await self._pool.handle_async_request(question)
        try:
            content, cut = await _read(answer, most_bytes)
        finally:
            await answer.aclose()
        return Answer(answer.status, dict(httpx.Headers(answer.headers)), content, cut)

    async def close(self) -> None:
        await self._pool.aclose()


class _Guard(httpcore.AsyncNetworkBackend):
    """Where a name is resolved, each time that somebody connects: nobody who comes later asks for it again."""

    def __init__(self, policy: OutboundPolicy) -> None:
        self.connected = 0
        self._policy = policy
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """To the first address that takes the connection."""
        self.connected += 1
        *others, last = (await _addresses(host, port, self._policy))[:_MOST_ADDRESSES]
        for address in others:
            with suppress(*_UNREACHED):
                return await self._network.connect_tcp(address, port, timeout)
        return await self._network.connect_tcp(last, port, timeout)


def _question(method: str, target: httpx.URL, headers: Mapping[str, str], body: bytes) -> httpcore.Request:
    length = {} if method == "GET" else {"content-length": str(len(body))}
    fields = {"accept-encoding": "identity", **headers, **length, "host": target.netloc.decode("ascii")}
    return httpcore.Request(
        method,
        httpcore.URL(scheme=target.scheme, host=_host(target), port=_port(target), target=target.raw_path),
        headers=list(fields.items()),
        content=body,
        extensions={"timeout": {"connect": _CONNECT_SECONDS}},
    )


async def _read(answer: httpcore.Response, most_bytes: int) -> tuple[bytes, bool]:
    """Undecoded: a small body may unpack to a huge one."""
    content = bytearray()
    async for part in answer.aiter_stream():
        content += part
        if len(content) > most_bytes:
            return bytes(content[:most_bytes]), True
    return bytes(content), False


def check_url(url: str, policy: OutboundPolicy) -> httpx.URL:
    """The URL, as far as it can be judged without resolving its name: https to a public host, on port 443 or one
    above 1023, without credentials. Raises OutboundRefused."""
    try:
        target = httpx.URL(url)
        host = _host(target)
    except (httpx.InvalidURL, ValueError):
        raise OutboundRefused("not a valid URL") from None
    if target.scheme not in _STANDARD_PORTS:
        raise OutboundRefused("only https URLs are called")
    if not host:
        raise OutboundRefused("the URL names no host")
    if not 0 < _port(target) < 65_536:  # httpx takes any number
        raise OutboundRefused("the URL names no port that there is")
    if target.userinfo:
        raise OutboundRefused("the URL carries credentials")
    if host not in policy.allow:
        _check_guest(target, host)
    return target


def _check_guest(target: httpx.URL, host: str) -> None:
    if target.scheme != "https":
        raise OutboundRefused("only https URLs are called")
    if target.port is not None and target.port < 1024:  # httpx leaves the scheme's own port out
        raise OutboundRefused("this port is not called")
    if _is_address(host):
        _check_public([host])
    elif _NUMERIC.match(host) or not _NAME.match(host):
        raise OutboundRefused("the URL names no public host")


async def _addresses(host: str, port: int, policy: OutboundPolicy) -> Sequence[str]:
    found = [host] if _is_address(host) else await policy.resolve(host, port)
    if not found:
        raise OutboundFailed("the name has no address")
    if host not in policy.allow:
        _check_public(found)
    return found


@cache
def _authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _reason(error: Exception) -> str:
    """For the customer's eyes, so without addresses."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "its certificate is not valid"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "its name does not resolve"
    return "no connection" if isinstance(error, (*_UNREACHED, OSError)) else "the exchange broke off"


# Hosts and addresses


def _host(target: httpx.URL) -> str:
    return target.raw_host.decode("ascii").lower().removesuffix(".")


def _port(target: httpx.URL) -> int:
    return _STANDARD_PORTS[target.scheme] if target.port is None else target.port


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _check_public(addresses: Iterable[str]) -> None:
    """One that is not public spoils them all: whoever mixes them has a reason."""
    if not all(map(is_public, addresses)):
        raise OutboundRefused("the URL leads to an address that is not public")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet's hosts (IANA's special-purpose registries, RFC 6890).

    For IPv6 that is 2000::/3 without its special parts. Forms that carry an IPv4 address (mapped, NAT64, 6to4,
    Teredo) are not public, whichever address they carry.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _SPECIAL_4)
    return parsed in _UNICAST_6 and not any(parsed in network for network in _SPECIAL_6)


_SPECIAL_4 = [
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; clouds keep their metadata there
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
_UNICAST_6 = ip_network("2000::/3")
_SPECIAL_6 = [
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
