"""Response headers, before they go on the wire."""

import re
from collections.abc import Iterable

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2, token


def checked_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers as they are.

    Raises:
        ValueError: a name or value that is no bytes or would end its line (response splitting).
    """
    pairs = [(name, value) for name, value in headers]
    for name, value in pairs:
        if not isinstance(name, bytes) or not isinstance(value, bytes):
            raise ValueError(f"Header names and values are bytes, not {name!r}: {value!r}")  # noqa: TRY004
        if not _NAME.fullmatch(name) or set(value) & {0, 10, 13}:
            raise ValueError(f"Not a header: {name!r}: {value!r}")
    return pairs
