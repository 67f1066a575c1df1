"""What stands in the place of people's words and files in a copy that knows nobody: as long as they were, and the same
each time."""

from __future__ import annotations

import struct
import zlib

_LOREM = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore "


def words(column: str) -> str:
    """SQL: lorem ipsum as long as the text was."""
    return f"left(repeat('{_LOREM}', length({column}) / {len(_LOREM)} + 1), length({column}))"


def name(column: str, salt: str) -> str:
    """SQL: letters as many as the name had, other ones for another name. NULL stays NULL."""
    letters = f"translate(md5('{salt}' || {column}), '0123456789abcdef', 'aeioubcdfglmnrst')"
    return f"initcap(left(repeat({letters}, length({column}) / 32 + 1), length({column})))"


def person(column: str, salt: str) -> str:
    """SQL: an id that is the same wherever the id was, and says who it is to nobody. NULL stays NULL."""
    return f"'u_' || left(md5('{salt}' || {column}), 24)"


def masked_bytes(size: int, *, first: bool) -> bytes:
    """A picture of one grey pixel, for whoever expects one, with nothing behind it."""
    begins = _PIXEL if first and size >= len(_PIXEL) else b""
    return begins + bytes(size - len(begins))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


_PIXEL = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x80"))
    + _chunk(b"IEND", b"")
)
"""PNG (RFC 2083)."""
