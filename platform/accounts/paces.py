"""How often what may be done, beside what django-allauth itself counts."""

from __future__ import annotations

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.ratelimit import respond_429
from django.http import HttpRequest


def paced(request: HttpRequest, action: str, **whose: Any) -> None:
    """Counts it against ``ACCOUNT_RATE_LIMITS``. Raises ImmediateHttpResponse with 429 when it was one too many."""
    if not ratelimit.consume(request, app="allauth.account", action=action, limit_get=True, **whose):
        raise ImmediateHttpResponse(respond_429(request))
