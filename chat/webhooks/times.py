"""When things are tried again. Every function here and around takes the time from a clock that it is given."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

GIVE_UP = timedelta(days=3)
"""After so long a row of failures an endpoint is disabled."""
KEPT = timedelta(days=30)
"""How long the log of deliveries reaches back."""
OVERLAP = timedelta(hours=24)
"""How long a secret that was replaced still signs."""

_MINUTE, _HOUR = 60, 3_600
_PAUSES = (5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 18 * _HOUR, 23 * _HOUR)
"""Seconds after the first failure, the second, …; together a little more than GIVE_UP. Each is longer than the one
before, also after the jitter."""
_JITTER = 0.1


def now() -> datetime:
    return datetime.now(UTC)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait when so many attempts have failed, up to a tenth longer so that not all come at once; None
    when no other is made."""
    if attempts > len(_PAUSES):
        return None
    return timedelta(seconds=_PAUSES[attempts - 1] * random.uniform(1, 1 + _JITTER))  # noqa: S311 - not a secret
