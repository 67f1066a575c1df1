"""Identifiers: opaque, prefixed with what they name, safe in URLs, logs and SQL."""

from __future__ import annotations

import base64
import os
import secrets
import time
import uuid
from datetime import datetime
from functools import lru_cache
from itertools import product


def uuid7() -> uuid.UUID:
    """A UUID that sorts by the millisecond of its making (RFC 9562 section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    return uuid.UUID(int=milliseconds << 80 | random & _RANDOM | _VERSION_AND_VARIANT)


def first_uuid7(at: datetime) -> uuid.UUID:
    """One that sorts before all that are made in the millisecond of ``at``, or later."""
    return uuid.UUID(int=int(at.timestamp() * 1000) << 80)


_VERSION_AND_VARIANT = 0x7 << 76 | 0b10 << 62
_RANDOM = (1 << 76) - 1 & ~(0b11 << 62)


def opaque(prefix: str, size: int = 10) -> str:
    """``prefix_`` and ``size`` random bytes in lower-case base32 (RFC 4648 section 6), without padding."""
    return f"{prefix}_{_base32(secrets.token_bytes(size))}"


@lru_cache(maxsize=4096)  # an answer and an event name the same message, some time later
def wire_id(prefix: str, value: uuid.UUID) -> str:
    """A stored UUID as the outside sees it, for instance ``m_01j9...``."""
    bits = value.int << 2  # to 130, of which each pair of letters says ten
    return prefix + "_" + "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def stored_id(prefix: str, text: str) -> uuid.UUID:
    """The UUID behind ``wire_id``. Raises ValueError for anything that ``wire_id`` did not make."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != 26:
        raise ValueError(f"not an id of kind {prefix!r}")
    value = uuid.UUID(bytes=base64.b32decode(body.upper() + "======"))
    if wire_id(prefix, value) != text:
        raise ValueError(f"not an id of kind {prefix!r}")
    return value


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


_PAIRS = [first + second for first, second in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]
_SHIFTS = range(120, -10, -10)
