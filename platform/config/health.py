"""``/health/live`` and ``/health/ready``: on every host, before any tenant is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import redis.asyncio as redis
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from tenants.connections import public_connection

_PATIENCE = 3.0  # seconds a part may take to answer before it counts as down


class HealthMiddleware:
    """Answers the two health paths and passes everything else on."""

    sync_capable = False
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/health/live":
            return JsonResponse({"status": "live"})
        if request.path == "/health/ready":
            return await ready()
        return await self.get_response(request)


async def ready() -> JsonResponse:
    """200 only when PostgreSQL and Redis both answer now; 503 names what does not."""
    names = ("postgres", "redis")
    answers = await asyncio.gather(_postgres(), _redis(), return_exceptions=True)
    parts = {
        name: "down" if isinstance(answer, BaseException) else "up" for name, answer in zip(names, answers, strict=True)
    }
    healthy = "down" not in parts.values()
    return JsonResponse({"status": "ready" if healthy else "not ready", **parts}, status=200 if healthy else 503)


async def _postgres() -> None:
    async with asyncio.timeout(_PATIENCE), public_connection() as connection:
        await connection.execute("SELECT 1")


async def _redis() -> None:
    async with asyncio.timeout(_PATIENCE), redis.from_url(settings.REDIS_URL) as client:
        await client.ping()
