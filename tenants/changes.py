"""Hearing of changes: PostgreSQL notifies, triggers on the public tables and on the tenants' users make it, so every
writer is heard, a hand-written UPDATE included.

A notice is the id of a tenant, or ``schema:user``.
"""

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
UserListener = Callable[[str, str], Awaitable[None]]
_listeners: list[Listener] = []
_user_listeners: list[UserListener] = []
_heard = 0


def on_tenant_change(listener: Listener) -> None:
    """Call ``listener`` with the id of each tenant that changed, or with None when any of them, and any of their users,
    may have."""
    _listeners.append(listener)


def on_user_change(listener: UserListener) -> None:
    """Call ``listener`` with schema and id of each user who was revoked, deactivated or let in again."""
    _user_listeners.append(listener)


def notices_heard() -> int:
    """How many so far. As long as the number stays, what was read in between still holds here."""
    return _heard


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
        directory.listening = True
        await _hear("")
        async for notice in connection.notifies():
            await _hear(notice.payload)


async def _hear(payload: str) -> None:
    """What makes no sense may have been about anybody."""
    global _heard
    _heard += 1
    schema_name, names_user, user_id = payload.partition(":")
    if names_user:
        for hears_of_users in _user_listeners:
            await _tell(hears_of_users(schema_name, user_id))
        return
    tenant_id = int(payload) if payload.isdecimal() else None
    directory.forget(tenant_id)
    for hears_of_tenants in _listeners:
        await _tell(hears_of_tenants(tenant_id))


async def _tell(telling: Awaitable[None]) -> None:
    try:
        await telling
    except Exception:
        log.exception("tenants.changes.listener_failed")
