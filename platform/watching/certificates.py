"""The certificates that nginx serves, as ``deploy/certificates`` puts them in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509

STORE = Path("/var/lib/parley/certificates")


def expiries(store: Path = STORE) -> Iterator[tuple[str, datetime]]:
    """Name and end of each; one that cannot be read raises OSError, one that is none ValueError."""
    for path in sorted(store.glob("*/fullchain.pem")):
        yield path.parent.name, x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def earliest_expiry(store: Path = STORE) -> datetime | None:
    """None where there are none, or they cannot be read: ``manage.py doctor`` says which."""
    try:
        return min((end for _, end in expiries(store)), default=None)
    except (OSError, ValueError):
        return None
