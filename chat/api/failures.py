"""Every failure of a route as a problem (RFC 9457)."""

from __future__ import annotations

import structlog
from django import db
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from psycopg import InterfaceError, OperationalError
from psycopg_pool import PoolTimeout

from kit.errors import BAD_JSON, INTERNAL, INVALID, NOT_FOUND, TOO_BIG, UNAVAILABLE, FieldError, ParleyError
from tenants.problems import problem

log = structlog.get_logger(__name__)

_WEATHER = (OperationalError, InterfaceError, PoolTimeout, db.OperationalError, db.InterfaceError)
"""PostgreSQL cannot be reached, or was lost on the way."""


def answer_with_problems(api: NinjaAPI) -> None:
    """Have ``api`` answer what its routes raise."""
    for raised, answer in (
        (ParleyError, refused),
        (ValidationError, invalid),
        (HttpError, unreadable),
        (Http404, missing),
        (RequestDataTooBig, too_big),
        *((weather, unavailable) for weather in _WEATHER),
        (Exception, failed),
    ):
        api.add_exception_handler(raised, answer)  # type: ignore[arg-type]


def refused(request: HttpRequest, error: ParleyError) -> HttpResponse:
    return problem(error.code, error)


def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: list[FieldError] = [
        {
            "field": ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path")) or "body",
            "code": fault["type"],
        }
        for fault in error.errors
    ]
    return problem(INVALID, ParleyError(INVALID, errors=errors))


def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """ninja's own word for a body that its parser refused."""
    return problem(BAD_JSON)


def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(NOT_FOUND)


def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(TOO_BIG)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("api.unavailable", error=type(error).__name__)
    return problem(UNAVAILABLE, ParleyError(UNAVAILABLE, retry_after=2.0))


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("api.failed", path=request.path, exc_info=error)
    return problem(INTERNAL)
