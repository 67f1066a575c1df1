"""ETags (RFC 9110 section 8.8.3) on single resources: strong, of the very bytes that are answered. What one caller sees
of a room is not what another sees, so a tag is good for the caller who got it."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags

from kit.errors import PRECONDITION_FAILED
from tenants.problems import problem


def tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer to a GET with its tag, or 304 where the caller has it already (section 13.1.2)."""
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        return response
    tag = _etag_of(response)
    given = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in given or tag in [each.removeprefix("W/") for each in given]:
        response = HttpResponse(status=304)
        del response["Content-Type"]
    response["ETag"] = tag
    response.setdefault("Cache-Control", "private, no-cache")
    return response


def _etag_of(response: HttpResponse) -> str:
    return f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'


def refused_by_precondition(request: HttpRequest, current: HttpResponseBase) -> HttpResponseBase | None:
    """What to answer instead of changing a resource that is ``current`` now (section 13.1.1), None to go on.

    Whoever may not read it is told so; there is no tag of what is not there.
    """
    if current.status_code not in (200, 404):
        return current
    given = parse_etags(request.headers["If-Match"])
    tag = _etag_of(current) if isinstance(current, HttpResponse) and current.status_code == 200 else None
    return None if tag and (tag in given or "*" in given) else problem(PRECONDITION_FAILED)
