"""``manage.py serve`` on a machine whose clock is ``CLOCK_SHIFT`` seconds off. Monotonic time is as everywhere."""

from __future__ import annotations

import datetime
import os
import sys
import time
from typing import Any

import psycopg.types.datetime  # noqa: F401 - libraries in C learn what a datetime is before
import pydantic_core  # noqa: F401

_real = datetime.datetime


class _Kind(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _real)


class _Shifted(_real, metaclass=_Kind):
    """Makes ordinary datetimes, of another now."""

    shift = datetime.timedelta()

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        return _real(*arguments, **named)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _real.now(tz) + cls.shift

    @classmethod
    def utcnow(cls) -> Any:
        return _real.now(datetime.UTC).replace(tzinfo=None) + cls.shift


def shift_the_clock(seconds: float) -> None:
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + seconds  # type: ignore[assignment]
    time.time_ns = lambda: real_ns() + int(seconds * 1e9)  # type: ignore[assignment]
    _Shifted.shift = datetime.timedelta(seconds=seconds)
    datetime.datetime = _Shifted  # type: ignore[misc]


if __name__ == "__main__":
    shift_the_clock(float(os.environ["CLOCK_SHIFT"]))
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
