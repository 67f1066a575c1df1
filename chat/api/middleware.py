"""What Django itself answers under ``/api/v1/``, said as the API says things."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware

from kit.errors import METHOD_NOT_ALLOWED, NOT_FOUND
from tenants.problems import problem

_PREFIX = "/api/v1/"
_CODES = {code.status: code for code in (NOT_FOUND, METHOD_NOT_ALLOWED)}

GetResponse = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def api_manners(get_response: GetResponse) -> GetResponse:
    """No such path and no such method are problems too, and HEAD is GET, whose body the server leaves out
    (RFC 9110 section 9.3.2)."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(_PREFIX):
            return await get_response(request)
        if request.method == "HEAD":
            request.method = "GET"
        return _as_problem(await get_response(request))

    return answer


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    code = _CODES.get(response.status_code)
    if code is None or response.get("Content-Type") == "application/problem+json":
        return response
    answer = problem(code)
    if "Allow" in response:
        answer["Allow"] = response["Allow"]
    return answer
