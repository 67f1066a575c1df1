"""Sliding windows: how often something happened of late, counted in memory."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable


class Windows:
    """A window for each key, the longest unused dropped beyond ``most`` keys. Each remembers no more moments than it is
    asked about."""

    def __init__(self, most: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._windows: OrderedDict[Hashable, deque[tuple[float, str | None]]] = OrderedDict()

    def exceed(self, key: Hashable, times: int, seconds: float, once: str | None = None) -> bool:
        """Note that it happened once more; whether that was more than ``times`` within the last ``seconds``. What comes
        again with the same ``once`` happened once."""
        window, now = self._window(key), self._clock()
        while window and (len(window) > times or now - window[0][0] >= seconds):
            window.popleft()
        if once is None or all(once != each for _, each in window):
            window.append((now, once))
        return len(window) > times

    def _window(self, key: Hashable) -> deque[tuple[float, str | None]]:
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = deque()
            if len(self._windows) > self._most:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        return window
