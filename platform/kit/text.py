"""What text may come in: anything PostgreSQL and a WebSocket can carry back unchanged."""

from __future__ import annotations


def storable(text: str) -> str:
    """``text`` itself. Raises ValueError for NUL, which PostgreSQL cannot store, and for lone surrogates,
    which UTF-8 cannot encode (RFC 3629 section 3)."""
    if "\x00" in text:
        raise ValueError("contains NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("contains a lone surrogate") from None
    return text
