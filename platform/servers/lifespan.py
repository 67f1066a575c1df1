"""The ASGI lifespan protocol: the application prepares before the first connection, clears up after the last.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

import asyncio
import logging
from typing import Any

from servers.asgi import Application, Message

logger = logging.getLogger(__name__)


class StartupFailed(Exception):
    """The application answered ``lifespan.startup.failed``; the text is its message."""


class Lifespan:
    """One application's lifespan. An application that raises on it, or returns, is one that has none."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._questions: asyncio.Queue[Message] = asyncio.Queue()
        self._answer: asyncio.Future[Message]
        self._task: asyncio.Task[None]

    async def startup(self, stop: asyncio.Event) -> bool:
        """Wait until the application is ready; False when ``stop`` came first: then it was cancelled.

        Raises:
            StartupFailed: it says that it cannot be ready.
        """
        self._task = asyncio.create_task(self._run())
        ready, stopped = asyncio.create_task(self._ask("lifespan.startup")), asyncio.create_task(stop.wait())
        await asyncio.wait({ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ready.done():
            ready.cancel()
            self._task.cancel()
            return False
        answer = ready.result()
        if answer and answer["type"] == "lifespan.startup.failed":
            raise StartupFailed(answer.get("message") or "the application gave no reason")
        return True

    async def shutdown(self, seconds: float) -> None:
        """Let the application clear up, for at most ``seconds``; its failure is logged."""
        try:
            answer = await asyncio.wait_for(self._ask("lifespan.shutdown"), seconds)
        except TimeoutError:
            logger.warning("The application did not shut down within %g s", seconds)
        else:
            if answer and answer["type"] == "lifespan.shutdown.failed":
                logger.error("The application failed to shut down: %s", answer.get("message", ""))
        self._task.cancel()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        try:
            await self._application(scope, self._questions.get, self._send)
        except Exception as error:  # noqa: BLE001 - by the specification any exception means "not supported"
            logger.info("The application does not take part in the ASGI lifespan: %r", error)

    async def _ask(self, question: str) -> Message | None:
        self._answer = asyncio.get_running_loop().create_future()
        self._questions.put_nowait({"type": question})
        either: set[asyncio.Future[Any]] = {self._task, self._answer}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return self._answer.result() if self._answer.done() else None

    async def _send(self, message: Message) -> None:
        if self._answer.done():
            raise RuntimeError(f"{message['type']} was not asked for")
        self._answer.set_result(message)
