"""Proxy: a link that can be slow, cut, or go silent, between two that know nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

Address = Path | int
"""A Unix socket, or a port of this machine."""
_CHUNK = 64 << 10


class Proxy:
    """``delay`` is added to each chunk, in seconds; while it ``refuses``, new connections end at once."""

    def __init__(self, target: Address) -> None:
        self.target = target
        self.delay = 0.0
        self.refuses = False
        self._silenced: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[Any]] = set()

    def cut(self) -> None:
        """End every connection, without a farewell."""
        for writer in self._writers:
            writer.transport.abort()

    def silence(self) -> None:
        """From now on the connections of this moment carry nothing more, and nobody is told."""
        self._silenced |= self._writers

    @asynccontextmanager
    async def listening(self, address: Address) -> AsyncIterator[Proxy]:
        server = await (
            asyncio.start_unix_server(self._serve, address)
            if isinstance(address, Path)
            else asyncio.start_server(self._serve, "127.0.0.1", address)
        )
        try:
            yield self
        finally:
            server.close()
            self.cut()
            await asyncio.gather(*self._serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        with suppress(OSError):  # the target is away: so are we
            if not self.refuses:
                await self._connect(reader, writer)
        writer.transport.abort()
        self._serving.discard(task)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either side ends; then the other does."""
        there, back = await _open(self.target)
        ways = [asyncio.create_task(self._pass(reader, back)), asyncio.create_task(self._pass(there, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for each in (writer, back):
            each.transport.abort()
        await asyncio.wait(ways)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(OSError):
                while data := await reader.read(_CHUNK):
                    if self.delay:
                        await asyncio.sleep(self.delay)
                    if writer not in self._silenced:
                        writer.write(data)
                        await writer.drain()
        finally:
            self._writers.discard(writer)
            self._silenced.discard(writer)


async def _open(target: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(target, Path):
        return await asyncio.open_unix_connection(target)
    return await asyncio.open_connection("127.0.0.1", target)
