"""What a page may do beyond the site's Content-Security-Policy."""

from __future__ import annotations

from csp.constants import SELF
from django.http import HttpResponse

PICTURES = {"img-src": [SELF, "data:", "blob:", "https:"], "media-src": [SELF, "blob:"]}
"""People's pictures lie anywhere; what is about to be sent, or heard, is a blob."""


def allow(response: HttpResponse, directives: dict[str, list[str]]) -> HttpResponse:
    """These directives in the site's place, as ``csp.decorators.csp_replace`` does it, which knows no coroutines."""
    response._csp_replace = directives  # type: ignore[attr-defined]
    return response
