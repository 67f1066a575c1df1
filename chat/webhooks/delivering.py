"""Delivering: requests to endpoints, lane by lane, and what becomes of each.

A delivery is noted as made after the endpoint has answered. Whoever is killed in between leaves it as it was, and it is
sent again with the same id: each event arrives at least once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import NamedTuple

import structlog

from chat.webhooks import lanes, notices, outbox
from chat.webhooks.endpoints import Receiver
from chat.webhooks.signatures import signed_headers
from chat.webhooks.times import GIVE_UP, Clock, pause_after
from kit import vitals
from kit.crypto import Unsealable
from kit.outbound import OutboundFailed, OutboundPolicy, OutboundRefused, request
from tenants.connections import tenant_connection
from tenants.records import TenantRecord
from tenants.scope import tenant_scope

log = structlog.get_logger(__name__)
TIMEOUT = 15.0  # seconds for an endpoint to answer
_MOST_AT_A_TIME = 20  # deliveries of a lane, before others have their turn
_TURN_SECONDS = 30.0  # of a lane; with the last request's timeout it stays below lanes.LEASE
_TAKING_SECONDS = 20.0  # of a job; what it has begun it ends
_KEPT_OF_ANSWER = 500  # characters
_GONE = 410


class Pending(NamedTuple):
    id: int
    message_id: str
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an endpoint said: its status and the beginning of its answer, or why there was none."""

    status: int | None
    answer: str

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def deliver_all(tenant: TenantRecord, clock: Clock, policy: OutboundPolicy) -> None:
    """Dispatch and deliver what is due, until nothing is or others should have their turn. Several may run at once."""
    began = monotonic()
    running: set[asyncio.Task[None]] = set()
    with tenant_scope(tenant):
        async with asyncio.TaskGroup() as group:
            while monotonic() - began < _TAKING_SECONDS:
                dispatched = await outbox.dispatch(clock())
                claimed = await lanes.claim(clock())
                running |= {group.create_task(_work_on(tenant, lane, clock, policy)) for lane in claimed}
                if running:
                    _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                elif not dispatched:
                    break


async def _work_on(tenant: TenantRecord, lane: lanes.Lane, clock: Clock, policy: OutboundPolicy) -> None:
    """The lane's deliveries one after the other, up to the first that fails. What goes wrong on our side leaves the
    lane to its lease."""
    began = monotonic()
    try:
        for delivery in await _pending(lane):
            outcome = await send(lane.receiver, delivery.message_id, delivery.body, clock, policy)
            vitals.webhooks["sent" if outcome.delivered else "failed"] += 1
            await _note(tenant, lane.endpoint_id, delivery, outcome, clock())
            if not outcome.delivered or monotonic() - began > _TURN_SECONDS:
                break
        await lanes.settle(lane)
    except Exception:
        log.exception("webhooks.lane_failed", tenant=tenant.slug, endpoint=lane.endpoint_id)


async def _pending(lane: lanes.Lane) -> list[Pending]:
    async with tenant_connection() as connection:
        cursor = await connection.execute(_PENDING, (lane.endpoint_id, lane.room_id, _MOST_AT_A_TIME))
        return [Pending(*row) for row in await cursor.fetchall()]


_PENDING = """
    SELECT id, message_id, body, attempts FROM chat_webhookdelivery
    WHERE endpoint_id = %s AND room_id = %s AND due_at IS NOT NULL ORDER BY id LIMIT %s
"""


async def send(receiver: Receiver, message_id: str, body: str, clock: Clock, policy: OutboundPolicy) -> Outcome:
    """One signed request. It does not raise: whatever happens is an outcome."""
    try:
        headers = signed_headers(message_id, clock(), body, receiver.secrets())
        answer = await request(
            "POST",
            receiver.url,
            policy=policy,
            headers=headers,
            body=body.encode(),
            timeout=TIMEOUT,
            most_bytes=4 * _KEPT_OF_ANSWER,
        )
    except (OutboundRefused, OutboundFailed) as error:
        return Outcome(None, str(error))
    except Unsealable:
        log.exception("webhooks.secret_unsealable", endpoint=receiver.id)
        return Outcome(None, "its secret cannot be read")
    text = answer.body.decode(errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return Outcome(answer.status, text[:_KEPT_OF_ANSWER])


async def _note(tenant: TenantRecord, endpoint_id: str, delivery: Pending, outcome: Outcome, now: datetime) -> None:
    if outcome.delivered:
        await _note_delivered(endpoint_id, delivery, outcome, now)
    elif await _note_failed(endpoint_id, delivery, outcome, now):
        log.warning("webhooks.endpoint_disabled", tenant=tenant.slug, endpoint=endpoint_id)
        await notices.endpoint_disabled(tenant, endpoint_id)


async def _note_delivered(endpoint_id: str, delivery: Pending, outcome: Outcome, now: datetime) -> None:
    parameters = {
        "id": delivery.id,
        "endpoint": endpoint_id,
        "status": outcome.status,
        "answer": outcome.answer,
        "now": now,
    }
    async with tenant_connection() as connection:
        await connection.execute(_DELIVERED, parameters)


_DELIVERED = """
    WITH works AS (
        UPDATE chat_webhookendpoint SET failing_since = NULL WHERE id = %(endpoint)s AND failing_since IS NOT NULL
    )
    UPDATE chat_webhookdelivery
    SET delivered_at = %(now)s, due_at = NULL, attempts = attempts + 1, status = %(status)s, answer = %(answer)s
    WHERE id = %(id)s
"""


async def _note_failed(endpoint_id: str, delivery: Pending, outcome: Outcome, now: datetime) -> bool:
    """Whether the endpoint is disabled by it. What waits for a disabled endpoint stays, in case it comes back; what has
    been tried in vain for three days, while others got through, is given up."""
    async with tenant_connection() as connection, connection.transaction():
        cursor = await connection.execute(
            _FAILING, {"id": endpoint_id, "now": now, "gone": outcome.status == _GONE, "give_up": now - GIVE_UP}
        )
        disabled, just_now = await cursor.fetchone() or (False, False)
        pause = pause_after(delivery.attempts + 1)
        due_at = now + pause if pause is not None else (now if disabled else None)
        await connection.execute(_FAILED, (due_at, outcome.status, outcome.answer, delivery.id))
    return bool(just_now)


_FAILING = """
    UPDATE chat_webhookendpoint endpoint
    SET failing_since = COALESCE(endpoint.failing_since, %(now)s),
        enabled = endpoint.enabled AND NOT (%(gone)s OR COALESCE(endpoint.failing_since <= %(give_up)s, false)),
        disabled_reason = CASE
            WHEN NOT endpoint.enabled THEN endpoint.disabled_reason
            WHEN %(gone)s THEN 'It answered 410 Gone.'
            WHEN endpoint.failing_since <= %(give_up)s THEN 'Nothing got through for three days.'
            ELSE '' END
    FROM (SELECT id, enabled FROM chat_webhookendpoint WHERE id = %(id)s FOR NO KEY UPDATE) before
    WHERE endpoint.id = before.id
    RETURNING NOT endpoint.enabled, before.enabled AND NOT endpoint.enabled
"""
_FAILED = """
    UPDATE chat_webhookdelivery SET due_at = %s, attempts = attempts + 1, status = %s, answer = %s WHERE id = %s
"""
