"""Forms in Stripe's bracket notation: ``items[0][price]=p`` is ``{"items": {"0": {"price": "p"}}}``.

What is a list and what a number only the declaration of the parameters says: see ``declared.read``.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

_NAMES = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")


def parsed(form: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        *path, last = _NAMES.findall(name)
        place = found
        for step in path:
            deeper = place.setdefault(_numbered(step, place), {})
            place = deeper if isinstance(deeper, dict) else {}
        place[_numbered(last, place)] = value
    return found


def _numbered(step: str, place: dict[str, Any]) -> str:
    return step or str(len(place))
