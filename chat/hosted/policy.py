"""What a page may do beyond the site's Content-Security-Policy."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from csp.constants import SELF
from django.http import HttpResponse

from chat.assets.bundle import bundle

PICTURES = {"img-src": [SELF, "data:", "blob:", "https:"], "media-src": [SELF, "blob:"]}
"""People's pictures lie anywhere; what is about to be sent, or heard, is a blob."""


def inlined(style: str) -> dict[str, list[str]]:
    """The page carries this style sheet in itself, and may carry no other."""
    digest = b64encode(sha256(bundle().assets[style].body).digest()).decode()
    return {"style-src": [SELF, f"'sha256-{digest}'"]}


def allow(response: HttpResponse, directives: dict[str, list[str]]) -> HttpResponse:
    """These directives in the site's place, as ``csp.decorators.csp_replace`` does it, which knows no coroutines."""
    response._csp_replace = directives  # type: ignore[attr-defined]
    return response
