"""Sliding windows: how often something happened of late, counted in memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Windows:
    """A window for each key, the longest unused dropped beyond ``most`` keys. Each remembers no more moments than it
    lets happen."""

    def __init__(self, most: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._windows: OrderedDict[Hashable, list[tuple[float, Hashable]]] = OrderedDict()

    def exceed(self, key: Hashable, times: int, seconds: float, once: Hashable = None) -> bool:
        """Whether once more would be more than ``times`` within the last ``seconds``; if not, it is noted. What comes
        again with the same ``once`` happened once."""
        now = self._clock()
        window = [each for each in self._windows.pop(key, ()) if now - each[0] < seconds]
        self._windows[key] = window
        if len(self._windows) > self._most:
            self._windows.popitem(last=False)
        if once is not None and any(once == each for _, each in window):
            return False
        if len(window) >= times:
            return True
        window.append((now, once))
        return False
