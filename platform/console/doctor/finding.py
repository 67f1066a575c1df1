"""What a check says."""

from __future__ import annotations

import enum
from typing import NamedTuple


class State(enum.StrEnum):
    """``warn`` can wait; with ``fail`` something does not work, or will not for long."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """``advice`` says what to do, where there is something to do."""

    state: State
    text: str
    advice: str = ""


def ok(text: str) -> Finding:
    return Finding(State.OK, text)


def warn(text: str, advice: str) -> Finding:
    return Finding(State.WARN, text, advice)


def fail(text: str, advice: str) -> Finding:
    return Finding(State.FAIL, text, advice)
