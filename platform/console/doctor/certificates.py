"""The certificates that nginx serves, where they lie on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from console.doctor.finding import Finding, fail, ok, warn
from watching.certificates import STORE, Unreadable, expiries

_SOON_DAYS = 14  # certbot renews thirty days before the end


def check(store: Path = STORE) -> Iterator[Finding]:
    ends = list(expiries(store))
    for name, end in ends:
        yield from _fault(name, end)
    if not ends:
        yield ok(f"None lie in {store}")
    elif not any(_fault(*each) for each in ends):
        yield ok(f"{len(ends)} certificates hold for more than {_SOON_DAYS} days")


def _fault(name: str, end: datetime | Unreadable) -> list[Finding]:
    if isinstance(end, Unreadable):
        return [warn(f"{name}: cannot be read ({end})", "Run deploy/certificates install again, or doctor as root.")]
    days = (end - datetime.now(UTC)).days
    if days >= _SOON_DAYS:
        return []
    return [fail(f"{name}: ends in {days} days", f"deploy/certificates obtain {name}")]
