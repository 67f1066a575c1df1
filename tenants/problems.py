"""Errors over HTTP: problem details (RFC 9457) with a row of the error table."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from structlog.contextvars import get_contextvars

from kit import vitals
from kit.buckets import Standing
from kit.errors import CSRF_FAILED, Code, ParleyError
from kit.ids import opaque
from tenants.limits import Pace, RateLimited

ERRORS_PAGE = "/api/docs/errors"


def problem(code: Code, error: ParleyError | None = None, **more: str) -> JsonResponse:
    """The answer for a row of the table, with the particulars of ``error`` where there are any, and members of its
    own."""
    vitals.errors[code.name] += 1
    body = {
        "type": f"{ERRORS_PAGE}#{code.name}",
        "title": code.title,
        "status": code.status,
        "detail": error.detail if error else code.title,
        "code": code.name,
        "errors": list(error.errors) if error else [],
        "retryable": code.retryable,
        "request_id": get_contextvars().get("request_id") or opaque("req"),
        **more,
    }
    response = JsonResponse(body, status=code.status, content_type="application/problem+json")
    if error and error.retry_after is not None:
        response["Retry-After"] = str(math.ceil(error.retry_after))
    if isinstance(error, RateLimited):
        tell_pace(response, error.pace, error.standing)
    if code.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="parley"'
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> JsonResponse:
    """Django's answer to a form without its token, as a problem."""
    return problem(CSRF_FAILED)


def tell_pace(response: HttpResponseBase, pace: Pace, standing: Standing) -> None:
    """How a caller's bucket stands (draft-ietf-httpapi-ratelimit-headers-06), and by its name which one it is."""
    response["RateLimit-Limit"] = str(pace.burst)
    response["RateLimit-Remaining"] = str(standing.remaining)
    response["RateLimit-Reset"] = str(math.ceil(standing.reset))
    response["RateLimit-Policy"] = f'{pace.burst};w={math.ceil(pace.burst / pace.rate)};name="{pace.name}"'
