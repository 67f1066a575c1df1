"""What Django itself answers under ``/api/v1/`` and ``/operators/api/v1/``, said as the APIs say things."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware

from kit.errors import INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, ParleyError
from tenants.middleware import GetResponse
from tenants.problems import problem

_PREFIXES = ("/api/v1/", "/operators/api/v1/")
_CODES = {code.status: code for code in (NOT_FOUND, METHOD_NOT_ALLOWED)}


@async_only_middleware
def api_manners(get_response: GetResponse) -> GetResponse:
    """No such path and no such method are problems too, so are addresses that are no UTF-8, and HEAD is GET, whose body
    the server leaves out (RFC 9110 section 9.3.2)."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(_PREFIXES):
            return await get_response(request)
        if not _is_utf_8(request):
            return problem(INVALID, ParleyError(INVALID, errors=[{"field": "url", "code": "utf-8"}]))
        if request.method == "HEAD":
            request.method = "GET"
        return _as_problem(await get_response(request))

    return answer


def _is_utf_8(request: HttpRequest) -> bool:
    """Servers and Django put U+FFFD in the place of other bytes: something would be found that nobody asked for."""
    assert isinstance(request, ASGIRequest)
    address = request.scope.get("raw_path", b"") + b"?" + request.scope.get("query_string", b"")
    if b"%" not in address and address.isascii():
        return True
    try:
        unquote_to_bytes(address).decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    code = _CODES.get(response.status_code)
    if code is None or response.get("Content-Type") == "application/problem+json":
        return response
    answer = problem(code)
    if "Allow" in response:
        answer["Allow"] = response["Allow"]
    return answer
