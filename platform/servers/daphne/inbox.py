"""What a client sent and the application has not taken yet."""

import asyncio
from collections.abc import Callable

from servers.asgi import Message


class Inbox(asyncio.Queue[Message]):
    """A queue that calls ``resume`` once the application has taken half of a full one."""

    def __init__(self, limit: int, resume: Callable[[], None]) -> None:
        super().__init__()
        self._limit = limit
        self._resume = resume
        self._held = False

    def hold_if_full(self) -> bool:
        """Whether more messages wait than may; then ``resume`` will be called."""
        self._held = self.qsize() > self._limit
        return self._held

    def _get(self) -> Message:
        message = super()._get()
        if self._held and self.qsize() <= self._limit // 2:
            self._held = False
            self._resume()
        return message
