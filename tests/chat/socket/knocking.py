"""At the door of the socket: how a handshake ends that is not answered with hello."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.server import LiveServer
from tests.support.sockets import open_socket


@dataclass(frozen=True)
class TurnedAway:
    """A socket that was opened only to say why it ends."""

    error: dict[str, Any]
    close_code: int
    close_reason: str


async def turned_away(server: LiveServer, host: str, token: str | None = None, **options: Any) -> TurnedAway:
    """Knock, with ``token`` as a subprotocol; the one frame that came, and the close."""
    if token is not None:
        options["subprotocols"] = ["parley.v1", f"bearer.{token}"]
    async with open_socket(server, host, **options) as connection:
        error = json.loads(await connection.recv())
        with pytest.raises(ConnectionClosed):
            await connection.recv()
    assert connection.close_code is not None
    return TurnedAway(error, connection.close_code, connection.close_reason or "")


async def refused(server: LiveServer, host: str, path: str = "/ws/v1", **options: Any) -> tuple[int, str]:
    """Knock and get no socket at all: the HTTP status, and the body."""
    with pytest.raises(InvalidStatus) as refusal:
        async with open_socket(server, host, path, **options):
            pass
    response = refusal.value.response
    return response.status_code, (response.body or b"").decode()
