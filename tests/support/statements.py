"""The statements that a block sends through Django's connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connections


@contextmanager
def statements(*aliases: str) -> Iterator[list[str]]:
    """What this thread sends to ``aliases`` (the platform's and the tenant's) within the block, in order."""
    seen: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        seen.append(str(sql))
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in aliases or ("default", "tenant"):
            stack.enter_context(connections[alias].execute_wrapper(note))
        yield seen
