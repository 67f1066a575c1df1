"""Identifiers: opaque, prefixed with what they name, safe in URLs, logs and SQL."""

from __future__ import annotations

import base64
import secrets
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUID that sorts by the millisecond of its making (RFC 9562 section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def opaque(prefix: str, size: int = 10) -> str:
    """``prefix_`` and ``size`` random bytes in lower-case base32 (RFC 4648 section 6), without padding."""
    return f"{prefix}_{_base32(secrets.token_bytes(size))}"


def wire_id(prefix: str, value: uuid.UUID) -> str:
    """A stored UUID as the outside sees it, for instance ``m_01j9...``."""
    return f"{prefix}_{_base32(value.bytes)}"


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
