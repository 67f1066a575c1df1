"""Doorman: lets somebody into a private room and sends them away again, over and over. From the answer to that on,
nothing they say there is acknowledged, and nothing that is said there reaches them.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from tests.faults.ledger import Broken
from tests.faults.line import Line, connect
from tests.faults.stage import StageTenant
from tests.support.http import Answer, as_server
from tests.support.server import LiveServer

_GONE = (OSError, TimeoutError, HTTPException)
_MOMENT = 0.2
_ROOM, _GUEST, _MEMBER = "vault", "outcast", "insider"
_MEMBERS = f"/rooms/{_ROOM}/members/"
_REFUSED = frozenset({"not_allowed", "room_not_found", "unavailable", "busy"})


class Doorman:
    def __init__(self, tenant: StageTenant, servers: Sequence[LiveServer]) -> None:
        self.removals = 0
        self._tenant = tenant
        self._servers = itertools.cycle(servers)
        self._numbers = itertools.count()

    async def run(self) -> None:
        await self._ask("POST", "/rooms", {"id": _ROOM, "kind": "private"})
        await self._ask("PUT", _MEMBERS + _MEMBER, {})
        while True:
            await self._ask("PUT", _MEMBERS + _GUEST, {})
            with suppress(*_GONE):
                await self._visit()

    async def _visit(self) -> None:
        heard: list[bytes] = []
        server = next(self._servers)
        guest = await connect(server, self._tenant, _GUEST, heard.append)
        try:
            await guest.ask("room.subscribe", room=_ROOM)
            await self._say(guest)
            await self._ask("DELETE", _MEMBERS + _GUEST)
            await self._try_all_doors(guest, heard)
            self.removals += 1
        finally:
            guest.hang_up()

    async def _try_all_doors(self, guest: Line, heard: list[bytes]) -> None:
        """On the old line and on a new one, to another server, while a member goes on talking."""
        other = await connect(next(self._servers), self._tenant, _GUEST, heard.append)
        member = await connect(next(self._servers), self._tenant, _MEMBER, lambda _: None)
        try:
            for line in (guest, other):
                answer = await self._say(line)
                if answer["type"] == "ok" or answer["code"] not in _REFUSED:
                    raise Broken(f"after the removal was answered: {answer}")
            secret = f"only for members {next(self._numbers)}"
            await member.ask("message.send", room=_ROOM, text=secret, client_id=secret)
            await asyncio.sleep(_MOMENT)
            if any(secret.encode() in payload for payload in heard):
                raise Broken(f"heard after the removal was answered: {secret}")
        finally:
            other.hang_up()
            member.hang_up()

    async def _say(self, line: Line) -> dict[str, Any]:
        client_id = f"vault-{next(self._numbers)}"
        return await line.ask("message.send", room=_ROOM, text=client_id, client_id=client_id)

    async def _ask(self, method: str, path: str, body: Any = None) -> Answer:
        """With the tenant's API key, until a server answers."""
        while True:
            with suppress(*_GONE):
                client = as_server(next(self._servers), self._tenant)  # type: ignore[arg-type]
                answer = await asyncio.to_thread(client.ask, method, f"/api/v1{path}", json=body)
                if answer.status < 500 and answer.status != 409:
                    return answer
            await asyncio.sleep(_MOMENT)
