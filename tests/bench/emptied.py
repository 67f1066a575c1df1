"""The same pages with nothing in them: what a browser needs in any case."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_PAGE = b"<!doctype html><html lang=en><title>Empty</title><p>Nothing here.</p></html>"
_LENGTH = re.compile(rb"(?i)(?<=\r\ncontent-length: )\d+")


@asynccontextmanager
async def emptied(port: int) -> AsyncIterator[int]:
    """The port of a server that asks the one on ``port`` each time, and once it has the whole answer gives the browser
    its head and an empty page."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(await _asked(port, await reader.readuntil(b"\r\n\r\n")))
        except asyncio.IncompleteReadError:  # the browser has gone
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        yield server.sockets[0].getsockname()[1]


async def _asked(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if length is None:
        raise RuntimeError(f"the server answered {head!r}")
    if not head.startswith(b"HTTP/1.1 200 "):  # where the icon is, for one
        return head + await reader.readexactly(int(length[0]))
    await reader.readexactly(int(length[0]))
    writer.close()
    return _LENGTH.sub(b"%d" % len(_PAGE), head) + _PAGE
