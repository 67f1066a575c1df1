"""Spans, where somebody collects them (``watching.traces``). Where nobody does, a span is a call that does nothing.

Names and attributes come from the code: no message, token or parameter of a statement is ever handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Attributes = Mapping[str, str | int]


class Span(Protocol):
    def set_attribute(self, key: str, value: str | int) -> None: ...


Collect = Callable[[str, Attributes], AbstractContextManager[Span]]

_NOTHING: AbstractContextManager[None] = nullcontext()
_collect: Collect | None = None


def collect_with(collect: Collect | None) -> None:
    """From now on ``collect`` makes the spans; with None nobody does."""
    global _collect
    _collect = collect


def span(name: str, **attributes: str | int) -> AbstractContextManager[Span | None]:
    """A span around the block, within the one that is open here."""
    return _NOTHING if _collect is None else _collect(name, attributes)
