"""Webhooks: endpoints that hear of events, the log of what they were sent, and the hook that is asked before a message
is stored or edited. All of it is the tenant's server's."""

from __future__ import annotations

from datetime import datetime
from time import monotonic
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Path, Router
from pydantic import AfterValidator, Field
from typing_extensions import TypeAliasType

from chat.api.caller import ApiRequest
from chat.api.cursors import make_cursor, read_cursor
from chat.api.door import admitted_server
from chat.api.openapi import refusals
from chat.api.rooms import Limit
from chat.api.schemas import Answer, Body, Page
from chat.webhooks import deliveries, endpoints
from chat.webhooks.hook import MOST_SECONDS
from chat.webhooks.pinging import ping
from chat.webhooks.settings import before_send, remove_before_send, set_before_send
from chat.webhooks.times import now
from kit.errors import BAD_CURSOR, URL_REFUSED, WEBHOOK_NOT_FOUND
from kit.text import storable
from tenants.records import HookRecord

router = Router(tags=["webhooks"], auth=admitted_server)

EventType = TypeAliasType(
    "EventType",
    Literal[
        "message.created",
        "message.updated",
        "message.deleted",
        "member.joined",
        "member.left",
        "member.updated",
        "room.updated",
    ],
)
Events = Annotated[list[EventType], Field(max_length=20)]
Url = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(storable)]
Description = Annotated[str, Field(max_length=200), AfterValidator(storable)]
WebhookPath = Annotated[str, Path(..., min_length=1, max_length=32), AfterValidator(storable)]
DeliveryPath = Annotated[str, Path(..., min_length=1, max_length=40), AfterValidator(storable)]


class WebhookIn(Body):
    """``events``: the types wanted; empty means all, later ones included."""

    url: Url
    events: Events = []
    description: Description = ""


class WebhookChange(Body):
    """What is left out stays. ``enabled: true`` brings back a disabled endpoint, which then gets what waited for it."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: bool | None = None


class WebhookOut(Answer):
    """``rotating_until``: when the secret that was replaced stops signing along."""

    id: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    disabled_reason: str
    failing_since: datetime | None
    rotating_until: datetime | None
    created_at: datetime


class WebhookSecretOut(WebhookOut):
    """``secret`` is shown this once."""

    secret: str


class WebhookTestOut(Answer):
    """What came back: no ``status`` when nothing did, and then ``answer`` says why. ``milliseconds`` it took."""

    status: int | None
    answer: str
    milliseconds: int


class DeliveryOut(Answer):
    """``id`` is the ``webhook-id`` header. ``state``: ``pending``, ``delivered`` or ``given_up``. ``status`` and
    ``answer`` are the last attempt's."""

    id: str
    type: str
    room: str | None
    state: str
    attempts: int
    due_at: datetime | None
    delivered_at: datetime | None
    status: int | None
    answer: str
    created_at: datetime


@router.get("/webhooks", response=Page[WebhookOut], openapi_extra=refusals())
async def list_webhooks(request: ApiRequest) -> object:
    """All endpoints, the oldest first. Needs an API key."""
    return {"data": await endpoints.endpoints(), "next": None}


@router.post(
    "/webhooks",
    response={201: WebhookSecretOut},
    openapi_extra=refusals(URL_REFUSED, body=True, secret=True),
)
async def create_webhook(request: ApiRequest, body: WebhookIn) -> tuple[int, WebhookSecretOut]:
    """A new endpoint. Needs an API key."""
    made, secret = await endpoints.create(request.tenant, body.url, body.events, body.description)
    return 201, _with_secret(made, secret)


@router.get("/webhooks/{webhook}", response=WebhookOut, openapi_extra=refusals(WEBHOOK_NOT_FOUND))
async def get_webhook(request: ApiRequest, webhook: WebhookPath) -> endpoints.Endpoint:
    return await endpoints.endpoint(webhook)


@router.patch(
    "/webhooks/{webhook}", response=WebhookOut, openapi_extra=refusals(WEBHOOK_NOT_FOUND, URL_REFUSED, body=True)
)
async def update_webhook(request: ApiRequest, webhook: WebhookPath, body: WebhookChange) -> endpoints.Endpoint:
    return await endpoints.update(webhook, **body.model_dump())


@router.delete("/webhooks/{webhook}", response={204: None}, openapi_extra=refusals(WEBHOOK_NOT_FOUND, body=True))
async def delete_webhook(request: ApiRequest, webhook: WebhookPath) -> HttpResponse:
    """Remove the endpoint, its log, and what waits for it."""
    await endpoints.delete(webhook)
    return HttpResponse(status=204)


@router.post(
    "/webhooks/{webhook}/rotate",
    response=WebhookSecretOut,
    openapi_extra=refusals(WEBHOOK_NOT_FOUND, body=True, secret=True),
)
async def rotate_webhook(request: ApiRequest, webhook: WebhookPath) -> WebhookSecretOut:
    """A new secret. For 24 hours the one before signs along, so that receivers can change theirs meanwhile."""
    return _with_secret(*await endpoints.rotate(webhook, now()))


def _with_secret(made: endpoints.Endpoint, secret: str) -> WebhookSecretOut:
    return WebhookSecretOut(**WebhookOut.from_orm(made).model_dump(), secret=secret)


@router.post("/webhooks/{webhook}/test", response=WebhookTestOut, openapi_extra=refusals(WEBHOOK_NOT_FOUND, body=True))
async def test_webhook(request: ApiRequest, webhook: WebhookPath) -> WebhookTestOut:
    """Send a ``ping`` now and tell what came back. It is not kept in the log."""
    began = monotonic()
    outcome = await ping(webhook)
    return WebhookTestOut(
        status=outcome.status, answer=outcome.answer, milliseconds=round((monotonic() - began) * 1_000)
    )


# The log


@router.get(
    "/webhooks/{webhook}/deliveries",
    response=Page[DeliveryOut],
    openapi_extra=refusals(WEBHOOK_NOT_FOUND, BAD_CURSOR),
)
async def list_deliveries(request: ApiRequest, webhook: WebhookPath, limit: Limit, cursor: str | None = None) -> object:
    """What the endpoint was sent in the last 30 days and what waits for it, the latest first."""
    before = int(read_cursor(cursor, int)[0]) if cursor else None
    found, more = await deliveries.deliveries(webhook, limit=limit, before=before)
    return {"data": found, "next": make_cursor(found[-1].place) if more else None}


@router.post(
    "/webhooks/{webhook}/deliveries/{delivery}/replay",
    response={202: None},
    openapi_extra=refusals(WEBHOOK_NOT_FOUND, body=True),
)
async def replay_delivery(request: ApiRequest, webhook: WebhookPath, delivery: DeliveryPath) -> HttpResponse:
    """Send it once more, with the same ``webhook-id``, before what waits for the same room."""
    await deliveries.replay(webhook, delivery, now())
    return HttpResponse(status=202)


# The hook


class HookIn(Body):
    """``fail_open``: without an answer in time the message goes through; otherwise it is refused."""

    url: Url
    fail_open: bool = True
    timeout_ms: Annotated[int, Field(ge=50, le=int(MOST_SECONDS * 1_000))] = int(MOST_SECONDS * 1_000)


class HookOut(Answer):
    url: str
    fail_open: bool
    timeout_ms: int


class HookSecretOut(HookOut):
    """``secret`` is shown this once."""

    secret: str


@router.get("/settings/before-send", response=HookOut, openapi_extra=refusals(WEBHOOK_NOT_FOUND))
async def get_before_send_hook(request: ApiRequest) -> HookOut:
    """The URL that is asked before a message is stored or edited. Needs an API key."""
    return _shown(await before_send(request.tenant.id))


@router.put(
    "/settings/before-send", response=HookSecretOut, openapi_extra=refusals(URL_REFUSED, body=True, secret=True)
)
async def put_before_send_hook(request: ApiRequest, body: HookIn) -> HookSecretOut:
    """Ask this URL from now on, signed with a new secret."""
    hook, secret = await set_before_send(
        request.tenant, body.url, fail_open=body.fail_open, timeout=body.timeout_ms / 1_000
    )
    return HookSecretOut(**_shown(hook).model_dump(), secret=secret)


@router.delete("/settings/before-send", response={204: None}, openapi_extra=refusals(body=True))
async def delete_before_send_hook(request: ApiRequest) -> HttpResponse:
    """Ask nobody any more."""
    await remove_before_send(request.tenant)
    return HttpResponse(status=204)


def _shown(hook: HookRecord) -> HookOut:
    return HookOut(url=hook.url, fail_open=hook.fail_open, timeout_ms=round(hook.timeout * 1_000))
