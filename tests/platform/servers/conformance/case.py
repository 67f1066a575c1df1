"""What a case is: what the client sends, what it may receive meanwhile, how the connection must end."""

from dataclasses import dataclass
from enum import StrEnum

NORMAL, PROTOCOL_ERROR, INVALID_PAYLOAD, TOO_BIG = 1000, 1002, 1007, 1009


class Side(StrEnum):
    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True)
class Pause:
    """The client sends nothing for so many seconds, or until the server closes, which ends the sending.

    A pause with a name that the server let pass is an event of the case.
    """

    seconds: float
    name: str = ""


@dataclass(frozen=True)
class Close:
    """Who begins the closing, with which codes the server may speak, and whether the closing must be complete."""

    by: Side
    codes: tuple[int, ...]
    clean: bool


@dataclass(frozen=True)
class Case:
    """One case of the suite. Each of the ``steps`` that is bytes is one write.

    The events are ("text", octets), ("binary", octets), ("pong", octets) and ("timeout", name of a pause).
    """

    number: str
    steps: tuple[bytes | Pause, ...]
    close: Close
    events: tuple[tuple, ...] = ()

    non_strict: tuple[tuple, ...] | None = None
    """Other events, which the suite grades NON-STRICT."""

    tolerated: str = ""
    """Why these servers may be NON-STRICT here; where there is no reason they may not."""

    closes: bool = False
    """The steps have the client's close frame. Otherwise it is sent when the events have come."""

    pinned: tuple[int, ...] = ()
    """Where the suite takes any end (INFORMATIONAL): the server's close code, all the same."""


def answered(number, steps, *events):
    """Legal frames that the server answers with these events; then the client closes."""
    return Case(number, tuple(steps), Close(Side.CLIENT, (NORMAL,), clean=True), events)


def failed(number, steps, *events, code=PROTOCOL_ERROR, **options):
    """Frames that break a rule, and so the server closes."""
    return Case(number, tuple(steps), Close(Side.SERVER, (code,), clean=False), events, **options)


def closed(number, steps, *, codes=(NORMAL,), clean=True, **options):
    """The client closes as part of the steps; nothing else comes from the server."""
    return Case(number, tuple(steps), Close(Side.CLIENT, codes, clean), closes=True, **options)
