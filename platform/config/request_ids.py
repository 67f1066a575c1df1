"""``X-Request-Id``: one name for a request in its answer, in a problem's body and in every line logged for it."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware
from structlog.contextvars import bound_contextvars

from kit.ids import opaque
from tenants.middleware import GetResponse

_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


@async_only_middleware
def request_ids(get_response: GetResponse) -> GetResponse:
    """Takes a sane id from the client, or from a proxy in front, and otherwise makes one."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _SANE.fullmatch(given) else opaque("req")
        with bound_contextvars(request_id=request_id):
            response = await get_response(request)
        response["X-Request-Id"] = request_id
        return response

    return answer
