"""Calls from pages of other hosts (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol): only of the origins that
the tenant lists, and without cookies, so a page can do no more than the token that it holds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import async_only_middleware

from tenants.middleware import GetResponse
from tenants.records import TenantRecord

_PREFIX = "/api/v1/"
_METHODS = "GET, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
_ANSWER_HEADERS = (
    "ETag, Idempotent-Replayed, RateLimit-Limit, RateLimit-Policy, RateLimit-Remaining, RateLimit-Reset, Retry-After,"
    " X-Request-Id"
)
_REMEMBERED_SECONDS = "600"


@async_only_middleware
def cross_origin(get_response: GetResponse) -> GetResponse:
    """Stands behind ``TenantMiddleware``. A page that is not listed gets its answer without the headers that would let
    it read it."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        tenant: TenantRecord | None = request.tenant  # type: ignore[attr-defined]
        if tenant is None or not request.path.startswith(_PREFIX):
            return await get_response(request)
        preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if preflight else await get_response(request)
        patch_vary_headers(response, ["Origin"])
        origin = request.headers.get("Origin")
        if origin in tenant.origins:
            response["Access-Control-Allow-Origin"] = origin
            _tell(response, preflight=preflight)
        return response

    return answer


def _tell(response: HttpResponseBase, *, preflight: bool) -> None:
    if preflight:
        response["Access-Control-Allow-Methods"] = _METHODS
        response["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
        response["Access-Control-Max-Age"] = _REMEMBERED_SECONDS
    else:
        response["Access-Control-Expose-Headers"] = _ANSWER_HEADERS
