"""What text may come in: anything PostgreSQL and a WebSocket can carry back unchanged."""

from __future__ import annotations

from math import isfinite
from typing import Any

from pydantic_core import to_json

MOST_DATA_BYTES = 4_096


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


def storable_json(value: Any) -> Any:
    """``value``, read from JSON, itself. Raises ValueError for what ``jsonb`` cannot store: texts and names that
    ``storable`` refuses, and numbers too large to be one."""
    match value:
        case str():
            storable(value)
        case float() if not isfinite(value):
            raise ValueError("contains a number that is too large")
        case dict():
            for name, part in value.items():
                storable(name)
                storable_json(part)
        case list():
            for part in value:
                storable_json(part)
    return value


def custom_data(value: dict[str, Any]) -> dict[str, Any]:
    """``value``, a customer's own JSON object, itself. Raises ValueError for what ``storable_json`` refuses, and for
    more than ``MOST_DATA_BYTES`` once it is encoded."""
    storable_json(value)
    if len(to_json(value)) > MOST_DATA_BYTES:
        raise ValueError(f"longer than {MOST_DATA_BYTES} bytes")
    return value
