"""Mistakes that somebody could make, planted into Parley's code. All of them are there, and none does anything until
the file that LEAK_SWITCH names holds its name: so one server serves for all, and the product has no switch for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock


class _Plant(NamedTuple):
    owner: Any
    attribute: str
    make: Callable[[Any], Any]


LEAKS: dict[str, str] = {}
"""Their names, and what the mistake is."""
_plants: list[_Plant] = []


def is_on(leak: str) -> bool:
    switch = Path(os.environ["LEAK_SWITCH"])
    return switch.exists() and switch.read_text() == leak


def instead_of(owner: Any, attribute: str, leak: str = "") -> Callable[[Any], Any]:
    """While its leak is on (``leak``, or the function's own name), the function is called in the place of
    ``owner.attribute``, with the original in front of the arguments."""

    def decorate(leaky: Callable[..., Any]) -> Callable[..., Any]:
        name = leak or leaky.__name__
        if leaky.__doc__:
            LEAKS[name] = leaky.__doc__

        def make(original: Any) -> Any:
            def either(*arguments: Any, **named: Any) -> Any:
                return leaky(original, *arguments, **named) if is_on(name) else original(*arguments, **named)

            return either

        _plants.append(_Plant(owner, attribute, make))
        return leaky

    return decorate


def made_from(owner: Any, attribute: str) -> Callable[[Any], Any]:
    """``owner.attribute`` is what the function makes of it, which asks by itself whether its leak is on."""

    def decorate(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        if make.__doc__:
            LEAKS[make.__name__] = make.__doc__
        _plants.append(_Plant(owner, attribute, make))
        return make

    return decorate


@contextmanager
def planted() -> Iterator[None]:
    """All leaks are there, off, while the block lasts."""
    from tests.isolation.leaks import answers, database, delivery, doors, jobs  # noqa: F401 - they name theirs

    patches = []
    for owner, attribute, make in _plants:
        patches.append(mock.patch.object(owner, attribute, make(getattr(owner, attribute))))
        patches[-1].start()
    try:
        yield
    finally:
        for patch in reversed(patches):
            patch.stop()
