"""A socket without a server between: ASGI messages in and out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chat.socket.consumer import room_socket
from tenants.middleware import TenantSocketMiddleware
from tests.support.cast import Tenancy

Frame = dict[str, Any]
application = TenantSocketMiddleware(room_socket)


class Socket:
    """A client without a server between: ASGI messages in and out."""

    def __init__(self, tenancy: Tenancy, *, token: str | None = None, session: str | None = None) -> None:
        headers = [(b"host", tenancy.host.encode())]
        if session is not None:
            headers += [(b"cookie", f"sessionid={session}".encode()), (b"origin", f"http://{tenancy.host}".encode())]
        subprotocols = ["parley.v1"] + ([f"bearer.{token}"] if token else [])
        self.scope = {"headers": headers, "subprotocols": subprotocols, "query_string": b"", "extensions": {}}
        self._incoming: asyncio.Queue[Frame] = asyncio.Queue()
        self._outgoing: asyncio.Queue[Frame] = asyncio.Queue()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Frame]:
        """Greeted; the ``hello``."""
        self._incoming.put_nowait({"type": "websocket.connect"})
        serving = asyncio.create_task(application(self.scope, self._incoming.get, self._send))
        yield await self.next()
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await serving

    async def ask(self, kind: str, **fields: Any) -> Frame:
        command = json.dumps({"type": kind, "ref": kind, **fields})
        self._incoming.put_nowait({"type": "websocket.receive", "text": command})
        while (answer := await self.next()).get("ref") != kind:
            pass
        return answer

    async def _send(self, message: Frame) -> None:
        if message["type"] == "websocket.send":
            self._outgoing.put_nowait(json.loads(message["text"]))

    async def next(self) -> Frame:
        return await asyncio.wait_for(self._outgoing.get(), 10)
