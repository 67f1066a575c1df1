"""TXT records (RFC 1035 section 3.3.14), asked for with a timeout."""

from __future__ import annotations

import dns.exception
import dns.resolver

_SECONDS = 5.0  # for the whole question, whatever the number of servers


class NoAnswer(Exception):
    """DNS did not say whether there are any; soon it may. The text says why, for people."""


def txt_records(name: str, *, server: str = "") -> list[str]:
    """The texts of the TXT records of ``name``, none where it has none. ``server`` is whom to ask, ``address:port``;
    without it the system's own. Raises NoAnswer."""
    try:
        answer = _resolver(server).resolve(name, "TXT", lifetime=_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.resolver.LifetimeTimeout:
        raise NoAnswer(f"DNS did not answer within {_SECONDS:g} seconds.") from None
    except dns.exception.DNSException as error:
        raise NoAnswer(f"DNS could not be asked: {type(error).__name__}.") from None
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def _resolver(server: str) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not server)
    if server:
        address, _, port = server.rpartition(":")
        resolver.nameservers, resolver.port = [address], int(port)
    return resolver
