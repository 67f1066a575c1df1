"""The hook: a tenant's server is asked before a message is stored, and may refuse it or change its text."""

from __future__ import annotations

from time import monotonic
from typing import Annotated, Any, Literal

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chat.payloads import encode, user_payload
from chat.policies import Actor
from chat.webhooks.signatures import signed_headers, unseal
from chat.webhooks.times import now
from kit.crypto import Unsealable
from kit.errors import CONTENT_REFUSED, UNAVAILABLE, ParleyError
from kit.ids import uuid7, wire_id
from kit.outbound import OutboundFailed, OutboundRefused, request
from kit.text import storable
from tenants.outbound import outbound_policy
from tenants.records import HookRecord, TenantRecord

log = structlog.get_logger(__name__)
MOST_SECONDS = 0.5
_MOST_BYTES = 65_536


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


async def ask_before_send(
    tenant: TenantRecord, actor: Actor, room_id: str, text: str, data: dict[str, Any] | None = None
) -> str:
    """The text to store: the one that was sent, or the hook's. Call it only where ``tenant.before_send`` is set.

    Raises ParleyError ``content_refused`` with the hook's reason and, when it gives no answer and the tenant wants
    messages stopped then, ``unavailable``.
    """
    hook = tenant.before_send
    if hook is None:
        return text
    at = monotonic()
    if _breaker.is_open(tenant.id, at):
        return _without_verdict(hook, text)
    try:
        verdict = await _ask(hook, actor, room_id, text, data)
    except _NoVerdict as reason:
        log.warning("webhooks.hook_failed", tenant=tenant.slug, reason=str(reason))
        _breaker.failed(tenant.id, monotonic())
        return _without_verdict(hook, text)
    _breaker.succeeded(tenant.id)
    if verdict.action == "refuse":
        raise ParleyError(CONTENT_REFUSED, verdict.message)
    return text if verdict.text is None else verdict.text


def _without_verdict(hook: HookRecord, text: str) -> str:
    if hook.fail_open:
        return text
    raise ParleyError(UNAVAILABLE, "Messages cannot be checked at the moment.", retry_after=5.0)


async def _ask(hook: HookRecord, actor: Actor, room_id: str, text: str, data: dict[str, Any] | None) -> _Verdict:
    asked_at = now()
    user = user_payload(actor.user_id, actor.name, actor.avatar) if actor.user_id is not None else None
    question = {"room": room_id, "user": user, "text": text, "data": data}
    body = encode({"type": "message.before_send", "timestamp": asked_at, "data": question}).decode()
    try:
        headers = signed_headers(wire_id("evt", uuid7()), asked_at, body, [unseal(hook.sealed_secret)])
        answer = await request(
            "POST",
            hook.url,
            policy=outbound_policy(),
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
