"""Hearing of changes: PostgreSQL notifies, triggers on the public tables make it, so every writer is heard,
a hand-written UPDATE included."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from tenants.connections import connection_parameters
from tenants.directory import directory

log = structlog.get_logger(__name__)
CHANNEL = "parley_tenants"
_RETRY_SECONDS = 0.5

Listener = Callable[[int | None], Awaitable[None]]
_listeners: list[Listener] = []


def on_tenant_change(listener: Listener) -> None:
    """Call ``listener`` with the id of each tenant that changed, or with None when any of them may have."""
    _listeners.append(listener)


async def listen() -> None:
    """Keep the directory true until cancelled. After a lost connection everything counts as changed."""
    while True:
        try:
            await _listen_once()
        except psycopg.Error as error:
            log.warning("tenants.changes.lost", error=type(error).__name__)
        finally:
            directory.listening = False
        await asyncio.sleep(_RETRY_SECONDS)


async def _listen_once() -> None:
    async with await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        directory.forget()
        directory.listening = True
        await _tell(None)
        async for notice in connection.notifies():
            tenant_id = int(notice.payload) if notice.payload.isdecimal() else None
            directory.forget(tenant_id)
            await _tell(tenant_id)


async def _tell(tenant_id: int | None) -> None:
    for listener in _listeners:
        try:
            await listener(tenant_id)
        except Exception:
            log.exception("tenants.changes.listener_failed", tenant_id=tenant_id)
