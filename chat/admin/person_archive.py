"""A ZIP file (PKWARE APPNOTE 6.3) of all that is known of one person, made while it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from io import RawIOBase
from typing import TypeVar
from zipfile import ZIP_DEFLATED, ZipFile

from pydantic_core import to_json

from chat.files.storage import open_kept
from chat.queries.person import PersonFile, files_of, known_of
from tenants.records import TenantRecord
from tenants.scope import tenant_scope

Item = TypeVar("Item")
_CHUNK = 1 << 18


class _Sent(RawIOBase):
    """What was written and not taken yet. It cannot be sought in, so the archive writes sizes behind what has them."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self._written += memoryview(data)  # type: ignore[arg-type]
        return len(memoryview(data))  # type: ignore[arg-type]

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


async def archive_of(tenant: TenantRecord, user_id: str) -> AsyncIterator[bytes]:
    """A JSON file for each part of what is known, then the files. Nothing is held but the page at hand."""
    sent = _Sent()
    with ZipFile(sent, "w", ZIP_DEFLATED) as archive:
        with tenant_scope(tenant):
            parts = known_of(user_id)
        for name, pages in parts.items():
            with archive.open(f"{name}.json", "w") as entry:
                entry.write(b"[")
                first = True
                while (rows := await _next(tenant, pages)) is not None:
                    lines = b",\n".join(to_json(row, indent=1) for row in rows)
                    entry.write((b"\n" if first else b",\n") + lines)
                    first = False
                    yield sent.take()
                entry.write(b"\n]\n")
        files = files_of(user_id)
        while (file := await _next(tenant, files)) is not None:
            async for chunk in _file(tenant, archive, sent, file):
                yield chunk
    yield sent.take()


async def _next(tenant: TenantRecord, items: AsyncIterator[Item]) -> Item | None:
    """The scope is entered for each: what is yielded to may run in another context."""
    with tenant_scope(tenant):
        return await anext(items, None)


async def _file(tenant: TenantRecord, archive: ZipFile, sent: _Sent, file: PersonFile) -> AsyncIterator[bytes]:
    """One that is gone meanwhile is left out."""
    try:
        kept = await asyncio.to_thread(open_kept, tenant.schema_name, file.path)
    except FileNotFoundError:
        return
    with closing(kept), archive.open(f"files/{file.id}-{file.name}", "w", force_zip64=True) as entry:
        while chunk := await asyncio.to_thread(kept.read, _CHUNK):
            entry.write(chunk)
            yield sent.take()
