"""Cursors: where a page ended, opaque to the caller."""

from __future__ import annotations

import base64
import json

from pydantic_core import from_json

from kit.errors import BAD_CURSOR, ParleyError


def make_cursor(*place: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: type) -> list[str | int]:
    """The place behind a cursor of this list. Raises ParleyError ``bad_cursor`` for any other text."""
    try:
        place: object = from_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise ParleyError(BAD_CURSOR) from None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise ParleyError(BAD_CURSOR)
    if any("\x00" in part for part in place if isinstance(part, str)):
        raise ParleyError(BAD_CURSOR)
    return list(place)
