"""A customer's server that keeps its connections, as most do."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.receiver import Receiver


@dataclass
class Lasting(Receiver):
    """``connections``: how many there have been. Replies have to say ``KEEP``."""

    connections: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def open(self) -> int:
        return len(self._open)

    def hang_up(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            await super().serve(reader, writer)
        finally:
            self._open.remove(writer)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await super()._converse(reader, writer)


KEEP = {"Connection": "keep-alive"}


@asynccontextmanager
async def lasting(tls: ssl.SSLContext | None = None) -> AsyncIterator[Lasting]:
    """One that lives as long as the block, and answers 200."""
    made = Lasting(scheme="https" if tls else "http")
    made.always(200, **KEEP)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.hang_up()
