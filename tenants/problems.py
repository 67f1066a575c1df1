"""Errors over HTTP: problem details (RFC 9457) with a row of the error table."""

from __future__ import annotations

import math

from django.http import JsonResponse

from kit.errors import Code, ParleyError
from kit.ids import opaque


def problem(code: Code, error: ParleyError | None = None) -> JsonResponse:
    """The answer for a row of the table, with the particulars of ``error`` where there are any."""
    body = {
        "type": f"urn:parley:error:{code.name}",
        "title": code.title,
        "status": code.status,
        "detail": error.detail if error else code.title,
        "code": code.name,
        "errors": list(error.errors) if error else [],
        "retryable": code.retryable,
        "request_id": opaque("req"),
    }
    response = JsonResponse(body, status=code.status, content_type="application/problem+json")
    if error and error.retry_after is not None:
        response["Retry-After"] = str(math.ceil(error.retry_after))
    if code.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="parley"'
    return response
