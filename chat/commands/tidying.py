"""Removing what nobody can see any more: uploads that were never sent, and those of deleted messages."""

from __future__ import annotations

import asyncio
from typing import Any

from chat.commands.uploading import forget
from chat.files.storage import discard
from tenants.connections import tenant_connection
from tenants.scope import schema_in_scope

_AT_ONCE = 200
_ORPHANED_AFTER = "24 hours"


async def remove_discarded_uploads() -> int:
    """Of the tenant in scope; how many there were. Files go before their rows: a crash leaves no file behind."""
    await _give_up_orphans()
    removed = 0
    while doomed := await _doomed():
        paths = [path for _, *paths in doomed for path in paths if path]
        await asyncio.to_thread(discard, schema_in_scope(), paths)
        await forget(*(upload_id for upload_id, *_ in doomed))
        removed += len(doomed)
    return removed


async def _give_up_orphans() -> None:
    """From here on they cannot be attached any more."""
    async with tenant_connection() as connection:
        await connection.execute(_GIVE_UP, {"age": _ORPHANED_AFTER})


_GIVE_UP = """
    UPDATE chat_upload SET discarded_at = now()
    WHERE message_id IS NULL AND discarded_at IS NULL AND created_at < now() - %(age)s::interval
"""


async def _doomed() -> list[tuple[Any, ...]]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(_DOOMED, {"most": _AT_ONCE})
        return await cursor.fetchall()


_DOOMED = """
    SELECT id, path, thumbnail FROM chat_upload
    WHERE message_id IS NULL AND discarded_at IS NOT NULL LIMIT %(most)s
"""
