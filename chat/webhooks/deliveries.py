"""The log of deliveries: what was sent, what was answered, and sending it once more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.webhooks.endpoints import endpoint
from chat.webhooks.times import KEPT
from kit.errors import WEBHOOK_NOT_FOUND, ParleyError
from tenants.audit import record_here
from tenants.connections import fetch_all, tenant_connection


@dataclass(frozen=True, slots=True)
class Delivery:
    """``id`` is the ``webhook-id`` that it carries. ``due_at``: when it is tried next, or was to be tried while another
    of its room goes before it. ``status`` and ``answer`` are the last attempt's; without a status there was none."""

    place: int
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


async def deliveries(endpoint_id: str, *, limit: int, before: int | None = None) -> tuple[list[Delivery], bool]:
    """The endpoint's log, the latest first, and whether there is more. ``before`` is the last one's ``place``.

    Raises ParleyError ``webhook_not_found``.
    """
    await endpoint(endpoint_id)
    parameters = {"endpoint": endpoint_id, "before": before, "most": limit + 1}
    found = await fetch_all(Delivery, _DELIVERIES, parameters)
    return found[:limit], len(found) > limit


_DELIVERIES = """
    SELECT id AS place, message_id AS id, type, NULLIF(room_id, '') AS room, attempts, due_at, delivered_at, status,
        answer, created_at,
        CASE WHEN due_at IS NOT NULL THEN 'pending' WHEN delivered_at IS NOT NULL THEN 'delivered'
            ELSE 'given_up' END AS state
    FROM chat_webhookdelivery delivery
    WHERE endpoint_id = %(endpoint)s AND delivery.id < COALESCE(%(before)s::bigint, 9223372036854775807)
    ORDER BY delivery.id DESC LIMIT %(most)s
"""


async def replay(endpoint_id: str, message_id: str, now: datetime) -> None:
    """Send a delivery once more, with the same id, as soon as may be and before what waits for the same room.

    Raises ParleyError ``webhook_not_found``.
    """
    parameters = {"endpoint": endpoint_id, "message": message_id, "now": now}
    async with tenant_connection() as connection, connection.transaction():
        lane = await connection.execute(_OPEN_LANE, parameters)
        if not lane.rowcount:
            raise ParleyError(WEBHOOK_NOT_FOUND, "There is no such delivery.")
        await connection.execute(_REPLAY, parameters)
    await record_here("delivery.replayed", f"webhook:{endpoint_id}", after={"delivery": message_id})


_OPEN_LANE = """
    INSERT INTO chat_webhooklane (endpoint_id, room_id, due_at)
    SELECT endpoint_id, room_id, %(now)s FROM chat_webhookdelivery
    WHERE endpoint_id = %(endpoint)s AND message_id = %(message)s
    ON CONFLICT (endpoint_id, room_id) DO UPDATE SET due_at = excluded.due_at
"""
_REPLAY = """
    UPDATE chat_webhookdelivery SET due_at = %(now)s, delivered_at = NULL, attempts = 0
    WHERE endpoint_id = %(endpoint)s AND message_id = %(message)s
"""


async def forget(now: datetime) -> int:
    """Delete what the log no longer reaches back to. Returns how many deliveries went."""
    async with tenant_connection() as connection:
        deleted = await connection.execute("DELETE FROM chat_webhookdelivery WHERE created_at < %s", (now - KEPT,))
    return deleted.rowcount
