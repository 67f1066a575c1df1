"""The stand-in as an ASGI application: the API, the pages that customers see, and the switches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.stripe import (  # noqa: F401  (they register their routes)
    catalog,
    checkout,
    checkout_page,
    clocks,
    collecting,
    customers,
    declared,
    discounts,
    events,
    meters,
    payments,
    portal,
    portal_page,
    preview,
    refunds,
    schedules,
    subscriptions,
)
from tests.support.stripe.control import Control
from tests.support.stripe.errors import Refused, invalid
from tests.support.stripe.form import parsed
from tests.support.stripe.idempotency import Replays
from tests.support.stripe.pages import Page, show
from tests.support.stripe.rendering import rendered
from tests.support.stripe.routes import find
from tests.support.stripe.world import World

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_KEYS = ("sk_test_", "rk_test_")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    query: str
    body: str


@dataclass
class App:
    world: World
    control: Control
    replays: Replays = field(default_factory=Replays)
    on_answer: Callable[[Any], None] = lambda answer: None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        self.world.run_due()
        if request.path.startswith("/_control/"):
            await self._control(request, send)
        elif request.path.startswith("/v1/"):
            await self._api(request, send)
        else:
            page = show(self.world, request.method, request.path, parsed(request.query), parsed(request.body))
            await _send_page(send, page)

    async def _control(self, request: Request, send: Send) -> None:
        try:
            told = await self.control.run(request.path.removeprefix("/_control/"), json.loads(request.body or "{}"))
            await _send_json(send, 200, told)
        except (TypeError, ValueError, LookupError, Refused) as error:
            await _send_json(send, 400, {"error": str(error)})

    async def _api(self, request: Request, send: Send) -> None:
        trouble = self.control.trouble_of_next()
        name = self.world.name("req")
        headers = {"Request-Id": name, "Stripe-Version": declared.API_VERSION}
        await asyncio.sleep(self.control.slow)
        if trouble == "timeout":
            await self.control.never()
        if isinstance(trouble, int):
            await _send_json(send, trouble, _trouble(trouble), headers)
            return
        status, answer, more = self._answer(request, name)
        if trouble == "lost":
            await self.control.never()
        await _send_json(send, status, answer, headers | more)

    def _answer(self, request: Request, name: str) -> tuple[int, Any, dict[str, str]]:
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        asked = (request.method, request.path, request.body)
        self.world.settle(refused=False)
        try:
            _check_headers(request)
            if known := self.replays.find(key, asked, self.world.now()):
                return *known, {"Idempotent-Replayed": "true", "Idempotency-Key": str(key)}
            self.world.request = {"id": name, "idempotency_key": key}
            status, answer = 200, self._handled(request)
        except Refused as refused:
            status, answer = refused.status, refused.body
            self.world.settle(refused=refused.status != 402)
        finally:
            self.world.request = {"id": None, "idempotency_key": None}
        # What was refused before anything was done may be asked again with the same key.
        if key and status in (200, 402):
            self.replays.keep(key, asked, status, answer, self.world.now())
        return status, answer, {"Idempotency-Key": key} if key else {}

    def _handled(self, request: Request) -> Any:
        found = find(request.method, request.path)
        if found is None:
            raise invalid(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
        route, names = found
        form = parsed(request.body if request.method == "POST" else request.query)
        params = declared.read(route.method, route.path, form)
        expand = params.pop("expand", [])
        answer = rendered(self.world, route.handler(self.world, params, *names), expand)
        self.on_answer(answer)
        return answer


def _check_headers(request: Request) -> None:
    _, _, key = request.headers.get("authorization", "").partition("Bearer ")
    if not key.startswith(_KEYS):
        raise invalid("Invalid API Key provided.", status=401)
    if request.headers.get("stripe-version", declared.API_VERSION) != declared.API_VERSION:
        raise invalid(f"Invalid Stripe API version: this stand-in speaks {declared.API_VERSION} only.")


def _trouble(status: int) -> dict[str, Any]:
    code = {"code": "rate_limit"} if status == 429 else {}
    kind = "invalid_request_error" if status == 429 else "api_error"
    return {"error": {"type": kind, "message": "Something is wrong on purpose.", **code}}


async def _read(scope: dict[str, Any], receive: Receive) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], headers, scope["query_string"].decode(), body.decode())


async def _send_json(send: Send, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
    await _send(send, status, json.dumps(answer, indent=2).encode(), "application/json", headers or {})


async def _send_page(send: Send, page: Page) -> None:
    headers = {"Location": page.location} if page.location else {}
    await _send(send, page.status, page.html.encode(), "text/html; charset=utf-8", headers)


async def _send(send: Send, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
    told = {"Content-Type": kind, "Content-Length": str(len(body)), **headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
