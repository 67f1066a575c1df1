"""The hook: a tenant's server is asked before a message is stored or edited, and may refuse it or change its text.

Connections to it are kept, so that asking costs a round trip and no greeting.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from time import monotonic
from typing import Annotated, Any, Literal, NamedTuple
from weakref import WeakKeyDictionary

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chat.payloads import encode, user_payload
from chat.policies import Actor
from chat.webhooks.signatures import signed_headers, unseal
from chat.webhooks.times import now
from kit.crypto import Unsealable
from kit.errors import CONTENT_REFUSED, UNAVAILABLE, ParleyError
from kit.ids import uuid7, wire_id
from kit.outbound import Lines, OutboundFailed, OutboundRefused
from kit.text import storable
from tenants.outbound import outbound_policy
from tenants.records import HookRecord, TenantRecord

log = structlog.get_logger(__name__)
MOST_SECONDS = 0.5
_MOST_BYTES = 65_536


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Lines] = WeakKeyDictionary()


class Question(NamedTuple):
    """What the hook is asked about: the message as it would be. ``edits``: the message that there is already, by its id
    on the wire."""

    room_id: str
    text: str
    data: dict[str, Any] | None = None
    edits: str | None = None


class _Verdict(BaseModel):
    """What the hook may answer."""

    model_config = ConfigDict(strict=True, extra="ignore")

    action: Literal["allow", "refuse"]
    message: Annotated[str, Field(max_length=500), AfterValidator(storable)] = ""
    text: Annotated[str, AfterValidator(storable)] | None = None


class _NoVerdict(Exception):
    """The hook gave no answer that can be used."""


class Breaker:
    """Opens after ``most`` failures in a row; then nobody is asked for ``seconds``, and one failure opens it again."""

    def __init__(self, most: int = 5, seconds: float = 10.0) -> None:
        self._most, self._seconds = most, seconds
        self._failures: dict[int, int] = {}
        self._open_until: dict[int, float] = {}

    def is_open(self, tenant_id: int, at: float) -> bool:
        return self._open_until.get(tenant_id, 0.0) > at

    def succeeded(self, tenant_id: int) -> None:
        self._failures.pop(tenant_id, None)
        self._open_until.pop(tenant_id, None)

    def failed(self, tenant_id: int, at: float) -> None:
        self._failures[tenant_id] = self._failures.get(tenant_id, 0) + 1
        if self._failures[tenant_id] >= self._most:
            self._open_until[tenant_id] = at + self._seconds


_breaker = Breaker()


async def ask_before_send(tenant: TenantRecord, actor: Actor, question: Question) -> str:
    """The text to store: the one that was sent, or the hook's. Call it only where ``tenant.before_send`` is set.

    Raises ParleyError ``content_refused`` with the hook's reason and, when it gives no answer and the tenant wants
    messages stopped then, ``unavailable``.
    """
    hook = tenant.before_send
    if hook is None:
        return question.text
    at = monotonic()
    if _breaker.is_open(tenant.id, at):
        return _without_verdict(hook, question.text)
    try:
        verdict = await _ask(hook, actor, question)
    except _NoVerdict as reason:
        log.warning("webhooks.hook_failed", tenant=tenant.slug, reason=str(reason))
        _breaker.failed(tenant.id, monotonic())
        return _without_verdict(hook, question.text)
    _breaker.succeeded(tenant.id)
    if verdict.action == "refuse":
        raise ParleyError(CONTENT_REFUSED, verdict.message)
    return question.text if verdict.text is None else verdict.text


def _without_verdict(hook: HookRecord, text: str) -> str:
    if hook.fail_open:
        return text
    raise ParleyError(UNAVAILABLE, "Messages cannot be checked at the moment.", retry_after=5.0)


async def _ask(hook: HookRecord, actor: Actor, question: Question) -> _Verdict:
    asked_at = now()
    body = _body(actor, question, asked_at)
    try:
        headers = signed_headers(wire_id("evt", uuid7()), asked_at, body, [unseal(hook.sealed_secret)])
        answer = await _own_lines().request(
            "POST",
            hook.url,
            headers=headers,
            body=body.encode(),
            timeout=min(hook.timeout, MOST_SECONDS),
            most_bytes=_MOST_BYTES,
        )
    except (OutboundFailed, OutboundRefused, Unsealable) as error:
        raise _NoVerdict(str(error)) from None
    if answer.status != 200:
        raise _NoVerdict(f"status {answer.status}")
    try:
        return _Verdict.model_validate_json(answer.body)
    except ValidationError:
        raise _NoVerdict("no verdict in the answer") from None


def _body(actor: Actor, question: Question, asked_at: datetime) -> str:
    data = {
        "room": question.room_id,
        "user": user_payload(actor.user_id, actor.name, actor.avatar) if actor.user_id is not None else None,
        "text": question.text,
        "data": question.data,
        "edits": question.edits,
    }
    return encode({"type": "message.before_send", "timestamp": asked_at, "data": data}).decode()


def _own_lines() -> Lines:
    """This event loop's."""
    loop = asyncio.get_running_loop()
    found = _lines.get(loop)
    if found is None:
        found = _lines[loop] = Lines(outbound_policy())
    return found


async def close_lines() -> None:
    """Close what this event loop holds open to hooks."""
    if lines := _lines.pop(asyncio.get_running_loop(), None):
        await lines.close()
