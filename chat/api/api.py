"""The REST API put together: routes, credentials, and every error as a problem (RFC 9457)."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from pydantic_core import from_json

from chat.api import (
    appearance,
    bans,
    guest_links,
    importing,
    incoming,
    keys,
    members,
    messages,
    origins,
    presence,
    reactions,
    reports,
    rooms,
    search,
    settings,
    signing_keys,
    uploads,
    users,
    webhooks,
)
from chat.api.door import admitted
from chat.api.idempotency import AnsweredBefore, replayed
from chat.api.manners import with_manners
from chat.api.openapi import CREDENTIALS, DESCRIPTION, DocumentedAPI
from chat.api.scopes import with_scope
from chat.payloads import encode
from kit.errors import BAD_JSON, INTERNAL, INVALID, NOT_FOUND, TOO_BIG, UNAVAILABLE, FieldError, ParleyError
from tenants.problems import problem

log = structlog.get_logger(__name__)


class StrictParser(Parser):
    """JSON as RFC 8259 has it: no NaN, no lone surrogates."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return from_json(request.body, allow_inf_nan=False)
        except ValueError:
            raise ParleyError(BAD_JSON) from None


class WireRenderer(BaseRenderer):
    """JSON as the socket speaks it: the same message has the same bytes behind both doors."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return encode(data)


api = DocumentedAPI(
    title="Parley",
    version="1.0.0",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=admitted,
    parser=StrictParser(),
    renderer=WireRenderer(),
    openapi_extra={"security": [{name: []} for name in CREDENTIALS]},
    docs_url=None,
)
api.add_router("", rooms.router)
api.add_router("", members.router)
api.add_router("", bans.router)
api.add_router("", guest_links.router)
api.add_router("", importing.router)
api.add_router("", messages.router)
api.add_router("", reactions.router)
api.add_router("", reports.router)
api.add_router("", users.router)
api.add_router("", presence.router)
api.add_router("", search.router)
api.add_router("", settings.router)
api.add_router("", appearance.router)
api.add_router("", uploads.router)
api.add_router("", webhooks.router)
api.add_router("", incoming.router)
api.add_router("", keys.router)
api.add_router("", signing_keys.router)
api.add_router("", origins.router)
api.add_decorator(with_manners, mode="view")  # ninja's word for: around the whole route
api.add_decorator(with_scope, mode="view")


@api.exception_handler(AnsweredBefore)
def answered_before(request: HttpRequest, error: AnsweredBefore) -> HttpResponse:
    return replayed(error.answer)


@api.exception_handler(ParleyError)
def refused(request: HttpRequest, error: ParleyError) -> HttpResponse:
    return problem(error.code, error)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: list[FieldError] = [
        {
            "field": ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path")) or "body",
            "code": fault["type"],
        }
        for fault in error.errors
    ]
    return problem(INVALID, ParleyError(INVALID, errors=errors))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """ninja's own word for a body that its parser refused."""
    return problem(BAD_JSON)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(NOT_FOUND)


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(TOO_BIG)


@api.exception_handler(OperationalError)
@api.exception_handler(PoolTimeout)
def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("api.unavailable", error=type(error).__name__)
    return problem(UNAVAILABLE, ParleyError(UNAVAILABLE, retry_after=2.0))


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("api.failed", path=request.path, exc_info=error)
    return problem(INTERNAL)
