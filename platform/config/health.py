"""``/health/live`` and ``/health/ready``: on every host, before any tenant is looked for."""

from __future__ import annotations

import asyncio

import redis.asyncio as redis
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.decorators import async_only_middleware

from tenants.connections import public_connection
from tenants.middleware import GetResponse

_HEADERS = {  # as the middleware sets them, which comes later
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PATIENCE = 3.0  # seconds a part may take to answer before it counts as down


@async_only_middleware
def health(get_response: GetResponse) -> GetResponse:
    """Answers the two health paths and passes everything else on."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        if request.path == "/health/live":
            return JsonResponse({"status": "live"}, headers=_HEADERS)
        if request.path == "/health/ready":
            return await ready()
        return await get_response(request)

    return answer


async def ready() -> JsonResponse:
    """200 only when PostgreSQL and Redis both answer now; 503 names what does not."""
    names = ("postgres", "redis")
    answers = await asyncio.gather(_postgres(), _redis(), return_exceptions=True)
    parts = {
        name: "down" if isinstance(answer, BaseException) else "up" for name, answer in zip(names, answers, strict=True)
    }
    healthy = "down" not in parts.values()
    body = {"status": "ready" if healthy else "not ready", **parts}
    return JsonResponse(body, status=200 if healthy else 503, headers=_HEADERS)


async def _postgres() -> None:
    async with asyncio.timeout(_PATIENCE), public_connection() as connection:
        await connection.execute("SELECT 1")


async def _redis() -> None:
    async with asyncio.timeout(_PATIENCE), redis.from_url(settings.REDIS_URL) as client:
        await client.ping()
