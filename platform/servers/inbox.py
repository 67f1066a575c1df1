"""What a client sent and the application has not taken yet."""

import asyncio
from collections import deque
from collections.abc import Callable

from servers.asgi import Message


class Inbox:
    """A queue for one reader that calls ``resume`` once that has taken half of a full one."""

    __slots__ = ("_held", "_limit", "_messages", "_resume", "_waiting")

    def __init__(self, limit: int, resume: Callable[[], None]) -> None:
        self._limit = limit
        self._resume = resume
        self._messages: deque[Message] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._held = False

    def put(self, message: Message) -> None:
        self._messages.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def hold_if_full(self) -> bool:
        """Whether more messages wait than may; then ``resume`` will be called."""
        self._held = len(self._messages) > self._limit
        return self._held

    def __len__(self) -> int:
        return len(self._messages)

    async def get(self) -> Message:
        """The next message: ASGI's ``receive``."""
        while not self._messages:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        message = self._messages.popleft()
        if self._held and len(self._messages) <= self._limit // 2:
            self._held = False
            self._resume()
        return message
