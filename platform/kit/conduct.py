"""How people may behave: a tenant's rules that act by themselves, read once and asked for each message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import structlog

from kit.content import NO_LINK, ContentRules, InvalidRule

log = structlog.get_logger(__name__)

REFUSE, MUTE = "refuse", "mute"
NO_LINKS: Final = ContentRules({}, links=NO_LINK)

MOST: Final = {
    "flood.messages": 100,
    "flood.seconds": 3_600,
    "flood.mute_minutes": 43_200,
    "repeats.times": 20,
    "repeats.seconds": 86_400,
    "repeats.mute_minutes": 43_200,
    "newcomers.hours": 8_760,
}
"""What each number of a rule may be at most; the least is 1."""


class ConductDict(TypedDict, total=False):
    """How rules are kept. What is absent does not act."""

    flood: dict[str, Any]  # {"messages", "seconds", "mute_minutes"}
    repeats: dict[str, Any]  # {"times", "seconds", "action", "mute_minutes"}
    newcomers: dict[str, Any]  # {"hours"}


@dataclass(frozen=True, slots=True)
class Flood:
    """More than ``messages`` by one user in one room within ``seconds``: muted there for ``mute_minutes``."""

    messages: int
    seconds: int
    mute_minutes: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """The same text more than ``times`` by one user within ``seconds``: refused, or muted for ``mute_minutes``."""

    times: int
    seconds: int
    action: str = REFUSE
    mute_minutes: int = 5


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Who came less than ``hours`` ago posts no links."""

    hours: int


@dataclass(frozen=True, slots=True)
class Conduct:
    flood: Flood | None = None
    repeats: Repeats | None = None
    newcomers: Newcomers | None = None


_RULES: Final[dict[str, type]] = {"flood": Flood, "repeats": Repeats, "newcomers": Newcomers}


def read_conduct(kept: Mapping[str, Any]) -> Conduct | None:
    """The rules of a tenant's row; None without any. What cannot be read, as after an edit by hand, does not act: to
    mute everybody would be worse."""
    try:
        return make_conduct(kept)
    except (InvalidRule, TypeError, AttributeError) as error:
        log.warning("conduct.unreadable_rules", error=str(error))
        return None


def make_conduct(kept: Mapping[str, Any]) -> Conduct | None:
    """Rules from a ConductDict; None without any. Raises InvalidRule."""
    rules = {name: _made(name, given) for name, given in kept.items() if given}
    return Conduct(**rules) if rules else None


def _made(name: str, given: Mapping[str, Any]) -> Any:
    if name not in _RULES:
        raise InvalidRule(name, "unknown")
    for field, value in given.items():
        if field == "action":
            if value not in (REFUSE, MUTE):
                raise InvalidRule(f"{name}.{field}", "unknown")
        elif not (type(value) is int and 1 <= value <= MOST.get(f"{name}.{field}", 0)):
            raise InvalidRule(f"{name}.{field}", "out_of_range")
    try:
        return _RULES[name](**given)
    except TypeError:
        raise InvalidRule(name, "incomplete") from None
