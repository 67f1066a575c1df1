"""``/assets/<version>/<name>``, on every host that is served. Pages of other origins import these modules."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.decorators import async_only_middleware

from chat.assets.bundle import PREFIX, Asset, asset, bundle
from tenants.middleware import GetResponse

_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_NOW = "public, max-age=60"
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")


@async_only_middleware
def serve_assets(get_response: GetResponse) -> GetResponse:
    """Stands behind ``TenantMiddleware``, so that a host that nobody has gets nothing, and in front of sessions."""

    async def answer(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(PREFIX):
            return await get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return _serve(request)

    return answer


def _serve(request: HttpRequest) -> HttpResponse:
    """While servers are replaced one after the other, a page may ask one for the version of another: it is given what
    is here, and does not keep it."""
    version, _, name = request.path.removeprefix(PREFIX).partition("/")
    current = bundle()
    found = current.assets.get(name)
    if found is None:
        return HttpResponse(status=404)
    response = _encoded(found, gzip=bool(_TAKES_GZIP.search(request.headers.get("Accept-Encoding", ""))))
    response["Cache-Control"] = _FOR_EVER if version == current.version else _FOR_NOW
    return for_every_origin(request, response)


def _encoded(found: Asset, *, gzip: bool) -> HttpResponse:
    response = HttpResponse(found.gzipped if gzip else found.body, content_type=found.content_type)
    response["Content-Length"] = str(len(response.content))
    response["ETag"] = f'"{found.digest}-gzip"' if gzip else f'"{found.digest}"'
    response["Vary"] = "Accept-Encoding"
    if gzip:
        response["Content-Encoding"] = "gzip"
    return response


def for_every_origin(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response, or that it is known already, for any page to load and read; it says nothing of who asks."""
    answer = get_conditional_response(request, etag=response["ETag"], response=response) or response
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


async def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for the icon of what is no page."""
    return HttpResponseRedirect(asset("hosted/parley.svg"))
