"""Every address that a host knows, taken from its URLs: nothing is listed twice, nothing forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

_EXAMPLES = {"str": "x", "slug": "x", "int": "0", "uuid": "00000000-0000-7000-8000-000000000000", "path": "x/y"}
_NAMED = re.compile(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)")


def addresses_of(urlconf: str) -> list[str]:
    """One for each route, with examples of things that are not there in its places."""
    return sorted(set(_addresses(import_module(urlconf).urlpatterns, "/")))


def _addresses(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        address = before + _filled(pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, address)
        else:
            yield address


def _filled(pattern: URLPattern | URLResolver) -> str:
    route = str(pattern.pattern)
    if isinstance(pattern.pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda found: _EXAMPLES[found[1] or "str"], route)
    return _NAMED.sub("x", route).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
