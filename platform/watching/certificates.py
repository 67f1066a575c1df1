"""The certificates that nginx serves, as ``deploy/certificates`` puts them in place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography import x509

STORE = Path("/var/lib/parley/certificates")


class Unreadable(str):
    """Why a certificate says nothing."""


def expiries(store: Path = STORE) -> Iterator[tuple[str, datetime | Unreadable]]:
    """Name and end of each."""
    try:
        folders = sorted(folder for folder in store.iterdir() if folder.is_dir())
    except FileNotFoundError:
        return
    except OSError as error:
        yield store.name, Unreadable(type(error).__name__)
        return
    for folder in folders:
        yield folder.name, _expiry(folder / "fullchain.pem")


def _expiry(path: Path) -> datetime | Unreadable:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        return Unreadable(type(error).__name__)


def earliest_expiry(store: Path = STORE) -> datetime | None:
    """Of those that can be read."""
    return min((end for _, end in expiries(store) if isinstance(end, datetime)), default=None)
