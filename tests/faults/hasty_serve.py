"""``manage.py serve`` with a fault built in, for the product has no switch for it: it acknowledges and announces
messages ``_LATE`` seconds before it commits them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

_LATE = 0.05


class _Hasty:
    """A connection whose statements seem to be committed while they are not."""

    def __init__(self, connection: Any, held: AsyncExitStack) -> None:
        self._connection = connection
        self._held = held

    async def execute(self, *statement: Any) -> Any:
        await self._held.enter_async_context(self._connection.transaction())
        cursor = await self._connection.execute(*statement)
        _committing.add(task := asyncio.create_task(self._commit()))
        task.add_done_callback(_committing.discard)
        return cursor

    async def _commit(self) -> None:
        await asyncio.sleep(_LATE)
        await self._held.aclose()


_committing: set[asyncio.Task[None]] = set()


def acknowledge_before_the_commit() -> None:
    from chat.commands import sending

    lend = sending.tenant_connection

    @asynccontextmanager
    async def lend_hasty() -> AsyncIterator[_Hasty]:
        held = AsyncExitStack()
        connection = await held.enter_async_context(lend())
        yield _Hasty(connection, held)

    sending.tenant_connection = lend_hasty  # type: ignore[assignment]


if __name__ == "__main__":
    import os

    import django
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    acknowledge_before_the_commit()
    execute_from_command_line(sys.argv)
