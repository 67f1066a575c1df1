"""The REST API put together: routes, credentials, and every error as a problem (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
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
from chat.api.failures import answer_with_problems
from chat.api.idempotency import AnsweredBefore, replayed
from chat.api.manners import with_manners
from chat.api.openapi import CREDENTIALS, DESCRIPTION, DocumentedAPI
from chat.api.scopes import with_scope
from chat.payloads import encode
from kit.errors import BAD_JSON, ParleyError


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
answer_with_problems(api)


@api.exception_handler(AnsweredBefore)
def answered_before(request: HttpRequest, error: AnsweredBefore) -> HttpResponse:
    return replayed(error.answer)
