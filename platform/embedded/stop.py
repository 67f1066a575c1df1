"""Ctrl-C, SIGTERM and a closed terminal, all taken as one wish: stop in good order."""

import contextlib
import signal
import time
from collections.abc import Iterator


class StopAsked(Exception):
    """Raised where something is waited for, once a stop is asked for."""


class StopRequest:
    """The signal is only noted, and acted on in `sleep`: so never between a birth and its entry on record."""

    def __init__(self) -> None:
        self._asked = False

    def note(self, *_signal: object) -> None:
        self._asked = True

    def sleep(self, seconds: float) -> None:
        """Pass a short time. Raises StopAsked."""
        if self._asked:
            raise StopAsked
        time.sleep(seconds)


@contextlib.contextmanager
def stop_signals() -> Iterator[StopRequest]:
    stop = StopRequest()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as it is under nohup
        numbers.append(signal.SIGHUP)
    former = {number: signal.signal(number, stop.note) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
