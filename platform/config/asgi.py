"""The ASGI application: HTTP to Django, ``/ws/v1`` to the rooms, and the process's beginning and end."""

from __future__ import annotations

import asyncio
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.layers import get_channel_layer  # noqa: E402 - Django's apps have to be there first
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from chat.commands.messages import writer  # noqa: E402
from chat.commands.presence import PresenceLedger  # noqa: E402
from chat.delivery.process import start_delivery, stop_delivery  # noqa: E402
from chat.queries.timeline import read_events, read_heads  # noqa: E402
from chat.socket.consumer import room_socket  # noqa: E402
from chat.socket.registry import review, review_user  # noqa: E402
from chat.webhooks.hook import close_lines  # noqa: E402
from tenants.changes import listen, on_tenant_change, on_user_change  # noqa: E402
from tenants.connections import close_pool  # noqa: E402
from tenants.limits import close_limits  # noqa: E402
from tenants.middleware import TenantSocketMiddleware, refuse_handshake  # noqa: E402
from tenants.models import Process  # noqa: E402
from tenants.processes import Beating, figures  # noqa: E402
from watching.process import Watching  # noqa: E402


async def nowhere(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """A WebSocket on a path that has none."""
    await refuse_handshake(scope, receive, send, 404)


class Lifespan:
    """What every process of the server runs beside its requests (ASGI's lifespan protocol)."""

    def __init__(self) -> None:
        self._listening: asyncio.Task[None] | None = None
        self._beating = Beating(Process.Kind.SERVER)
        self._watching = Watching(Process.Kind.SERVER)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        self._start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _start(self) -> None:
        start_delivery(get_channel_layer(), read_events, read_heads, PresenceLedger(), figures)
        self._listening = asyncio.create_task(listen())
        self._beating.start()
        self._watching.start()

    async def _stop(self) -> None:
        await writer().drain()
        await stop_delivery()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._beating.stop()
        await self._watching.stop()
        await close_lines()
        await close_limits()
        await close_pool()


on_tenant_change(review)
on_user_change(review_user)

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": TenantSocketMiddleware(
            URLRouter([re_path(r"^ws/v1$", room_socket), re_path("", nowhere)])  # type: ignore[arg-type]
        ),
        "lifespan": Lifespan(),
    }
)
