"""HTTP requests: how many, how long, and a span each."""

from __future__ import annotations

from time import monotonic

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import async_only_middleware

from kit import traces, vitals
from tenants.middleware import GetResponse


@async_only_middleware
def watch(get_response: GetResponse) -> GetResponse:
    """Around everything else. A path may hold a secret, so the span has the route's pattern instead."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        began = monotonic()
        with traces.span("http.request", method=str(request.method)) as span:
            response = await get_response(request)
            if span is not None:
                span.set_attribute("http.response.status_code", response.status_code)
                span.set_attribute("http.route", request.resolver_match.route if request.resolver_match else "")
        vitals.requests[f"{response.status_code // 100}xx"].observe(monotonic() - began)
        return response

    return answer
