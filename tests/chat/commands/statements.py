"""Every statement that psycopg sends, counted by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psycopg

from tenants.scope import ENTER_SQL


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Counts while the block lasts: ``statements``, and beside them what surrounds them: ``entering`` a tenant's scope,
    ``begin`` and ``commit``, and the pools' ``check`` of a connection."""
    seen: Counter[str] = Counter()
    with (
        _watched(psycopg.AsyncCursor, "execute", seen),
        _watched(psycopg.Cursor, "execute", seen),
        _watched(psycopg.AsyncConnection, "_exec_command", seen),
        _watched(psycopg.Connection, "_exec_command", seen),
    ):
        yield seen


def _watched(owner: type, name: str, seen: Counter[str]) -> Any:
    original = getattr(owner, name)

    def watching(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        seen[_kind(query)] += 1
        return original(self, query, *args, **kwargs)

    return mock.patch.object(owner, name, watching)


def _kind(query: Any) -> str:
    text = query.decode() if isinstance(query, bytes) else str(query)
    if text == ENTER_SQL:
        return "entering"
    if text == "":
        return "check"
    return text.lower() if text in ("BEGIN", "COMMIT") else "statements"
