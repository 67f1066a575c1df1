"""Which function answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Handler
    pattern: re.Pattern[str]


_ROUTES: list[Route] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """``handler(world, params, *ids)``, the ids being those in the path, answers an object of the API. Paths are
    written as in the stripe library, whose declarations ``params`` are read by."""

    def register(handler: Handler) -> Handler:
        pattern = re.compile(re.sub(r"\{\w+\}", r"([^/]+)", path))
        _ROUTES.append(Route(method, path, handler, pattern))
        _ROUTES.sort(key=lambda known: known.path.count("{"))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    for known in _ROUTES:
        if known.method == method and (found := known.pattern.fullmatch(path)):
            return known, found.groups()
    return None
