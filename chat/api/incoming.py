"""Incoming webhooks: made, listed and revoked by the tenant's server; and the URLs themselves, whose token is the
credential."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import Path, Router
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import from_json

from chat.api.caller import ApiRequest
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.schemas import Answer, AuthorOut, Body, CheckedData, Id, Page
from chat.commands.incoming import Incoming, create_incoming, list_incoming, post_incoming, revoke_incoming
from chat.payloads import encode
from kit.errors import (
    BAD_JSON,
    INTERNAL,
    INVALID,
    METHOD_NOT_ALLOWED,
    ROOM_ARCHIVED,
    ROOM_NOT_FOUND,
    TOO_BIG,
    UNAVAILABLE,
    WEBHOOK_NOT_FOUND,
    Code,
    ParleyError,
)
from kit.ids import wire_id
from kit.text import storable
from tenants.origins import own_origin
from tenants.problems import problem
from tenants.records import TenantRecord

log = structlog.get_logger(__name__)
router = Router(tags=["webhooks"], auth=admitted_server)
_MOST_BYTES = 65_536

IncomingPath = Annotated[str, Path(..., min_length=1, max_length=32), AfterValidator(storable)]


class IncomingIn(Body):
    """``name`` is the bot's."""

    room: Id
    name: Annotated[str, Field(min_length=1, max_length=120), AfterValidator(storable)]


class IncomingOut(Answer):
    id: str
    room: str
    bot: AuthorOut
    created_at: datetime
    last_used_at: datetime | None


class IncomingUrlOut(IncomingOut):
    """``url`` is shown this once: whoever knows it may post."""

    url: str


class PostIn(Body):
    """What a URL takes. The same ``client_id`` again is the same message."""

    text: Annotated[str, AfterValidator(storable)]
    client_id: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(storable)] | None = None
    data: CheckedData | None = None


@router.get("/incoming-webhooks", response=Page[IncomingOut], openapi_extra=refusals())
async def list_incoming_webhooks(request: ApiRequest) -> object:
    """All that are in force, the oldest first. Needs an API key."""
    return {"data": await list_incoming(), "next": None}


@router.post(
    "/incoming-webhooks",
    response={201: IncomingUrlOut},
    openapi_extra=refusals(ROOM_NOT_FOUND, ROOM_ARCHIVED, body=True, secret=True),
)
async def create_incoming_webhook(request: ApiRequest, body: IncomingIn) -> tuple[int, IncomingUrlOut]:
    """A URL that posts into a room as a bot, which joins the room. Needs an API key."""
    made, token = await create_incoming(body.room, body.name)
    return 201, IncomingUrlOut(**IncomingOut.from_orm(made).model_dump(), url=post_url(request, made, token))


def post_url(request: HttpRequest, made: Incoming, token: str) -> str:
    """Where to post to, on the host that was asked."""
    return f"{own_origin(request.get_host())}/hooks/{made.id}/{token}"


@router.delete(
    "/incoming-webhooks/{incoming}",
    response={204: None},
    openapi_extra=refusals(WEBHOOK_NOT_FOUND, body=True),
)
async def revoke_incoming_webhook(request: ApiRequest, incoming: IncomingPath) -> HttpResponse:
    """The URL is worth nothing from now on, and its bot leaves the room. Needs an API key."""
    await revoke_incoming(incoming)
    return HttpResponse(status=204)


# The URLs


@csrf_exempt
async def receive(request: HttpRequest, hook_id: str, token: str) -> HttpResponse:
    """POST ``{text, client_id?, data?}``: 201 with the message's ``id``, ``seq`` and ``created_at``, or a problem.

    Nothing here may name the path in a log: the token is in it.
    """
    try:
        return await _receive(request, hook_id, token)
    except ParleyError as refusal:
        return _refused(refusal.code, refusal)
    except RequestDataTooBig:
        return _refused(TOO_BIG)
    except (OperationalError, PoolTimeout) as error:
        log.warning("hooks.unavailable", error=type(error).__name__)
        return _refused(UNAVAILABLE, ParleyError(UNAVAILABLE, retry_after=2.0))
    except Exception:
        log.exception("hooks.failed", hook=hook_id)
        return _refused(INTERNAL)


async def _receive(request: HttpRequest, hook_id: str, token: str) -> HttpResponse:
    if request.method != "POST":
        raise ParleyError(METHOD_NOT_ALLOWED)
    tenant: TenantRecord = request.tenant  # type: ignore[attr-defined]
    body = _body(request)
    sent = await post_incoming(tenant, _storable(hook_id), token, body.text, body.client_id, body.data)
    answer = {"id": wire_id("m", sent.id), "seq": sent.seq, "created_at": sent.created_at}
    return HttpResponse(encode(answer), status=201, content_type="application/json")


def _storable(hook_id: str) -> str:
    try:
        return storable(hook_id)
    except ValueError:
        raise ParleyError(WEBHOOK_NOT_FOUND) from None


def _body(request: HttpRequest) -> PostIn:
    if int(request.headers.get("Content-Length") or 0) > _MOST_BYTES:
        raise ParleyError(TOO_BIG)
    try:
        given = from_json(request.body, allow_inf_nan=False)
    except ValueError:
        raise ParleyError(BAD_JSON) from None
    try:
        return PostIn.model_validate(given)
    except ValidationError as wrong:
        raise ParleyError(
            INVALID,
            errors=[
                {"field": ".".join(map(str, fault["loc"])) or "body", "code": fault["type"]} for fault in wrong.errors()
            ],
        ) from None


def _refused(code: Code, error: ParleyError | None = None) -> HttpResponse:
    answer = problem(code, error)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # Django would log the path of what it refuses
    return answer
