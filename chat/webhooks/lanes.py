"""Lanes: whose turn it is. What one room has for one endpoint leaves in order; lanes do not wait for each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.webhooks.endpoints import LIVE_SECRETS, Receiver
from tenants.connections import fetch_all, tenant_connection

MOST_PER_ENDPOINT = 4
"""Lanes of an endpoint that are worked on at once: as many requests it gets at the same time."""
MOST_PER_TENANT = 16
LEASE = timedelta(seconds=60)
"""How long a lane is its worker's. A worker that was killed loses it; what it had not noted is sent again."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that is ours until ``leased_until``."""

    id: int
    room_id: str
    leased_until: datetime
    endpoint_id: str
    url: str
    sealed_secrets: list[str]

    @property
    def receiver(self) -> Receiver:
        return Receiver(self.endpoint_id, self.url, self.sealed_secrets)


async def work_waits(now: datetime) -> bool:
    """Whether the tenant in scope has events to dispatch or deliveries to make."""
    async with tenant_connection() as connection:
        cursor = await connection.execute(_WORK_WAITS, {"now": now})
        [(waits,)] = await cursor.fetchall()
    return bool(waits)


_FREE = "lane.due_at <= %(now)s AND (lane.leased_until IS NULL OR lane.leased_until <= %(now)s)"
_WORK_WAITS = f"""
    SELECT EXISTS (SELECT FROM chat_outboxevent) OR EXISTS (
        SELECT FROM chat_webhooklane lane JOIN chat_webhookendpoint endpoint ON endpoint.id = lane.endpoint_id
        WHERE endpoint.enabled AND {_FREE}
    )
"""  # noqa: S608 - _FREE is a constant


async def claim(now: datetime) -> list[Lane]:
    """Lease lanes that are due, the longest due first, no more than an endpoint and the tenant may have at once."""
    parameters = {
        "now": now,
        "until": now + LEASE,
        "per_endpoint": MOST_PER_ENDPOINT,
        "per_tenant": MOST_PER_TENANT,
    }
    return await fetch_all(Lane, _CLAIM, parameters)


_CLAIM = f"""
    WITH leased AS (
        SELECT endpoint_id, count(*) AS lanes FROM chat_webhooklane WHERE leased_until > %(now)s GROUP BY endpoint_id
    ), due AS (
        SELECT lane.id, lane.due_at, COALESCE(leased.lanes, 0)
            + row_number() OVER (PARTITION BY lane.endpoint_id ORDER BY lane.due_at, lane.id) AS place
        FROM chat_webhooklane lane
        JOIN chat_webhookendpoint endpoint ON endpoint.id = lane.endpoint_id AND endpoint.enabled
        LEFT JOIN leased ON leased.endpoint_id = lane.endpoint_id
        WHERE {_FREE}
    ), chosen AS (
        SELECT id FROM due WHERE place <= %(per_endpoint)s ORDER BY due_at, id
        LIMIT GREATEST(0, %(per_tenant)s - (SELECT COALESCE(sum(lanes), 0) FROM leased))
    )
    UPDATE chat_webhooklane lane SET leased_until = %(until)s
    FROM chosen, chat_webhookendpoint endpoint
    WHERE lane.id = chosen.id AND endpoint.id = lane.endpoint_id AND {_FREE}
    RETURNING lane.id, lane.room_id, lane.leased_until, endpoint.id AS endpoint_id, endpoint.url,
        {LIVE_SECRETS} AS sealed_secrets
"""  # noqa: S608 - all of them are constants


async def settle(lane: Lane) -> None:
    """Give the lane back: it is due when its first delivery is, and gone when it has none. A lane whose lease ran out
    is somebody else's by now."""
    mine = {"id": lane.id, "until": lane.leased_until, "endpoint": lane.endpoint_id, "room": lane.room_id}
    async with tenant_connection() as connection, connection.transaction():
        locked = await connection.execute(
            "SELECT FROM chat_webhooklane WHERE id = %(id)s AND leased_until = %(until)s FOR UPDATE", mine
        )
        if not locked.rowcount:
            return
        # A statement of its own: it has to see what was added while we waited for the lock.
        settled = await connection.execute(_SETTLE, mine)
        if not settled.rowcount:
            await connection.execute("DELETE FROM chat_webhooklane WHERE id = %(id)s", mine)


_SETTLE = """
    UPDATE chat_webhooklane SET due_at = first.due_at, leased_until = NULL
    FROM (
        SELECT due_at FROM chat_webhookdelivery
        WHERE endpoint_id = %(endpoint)s AND room_id = %(room)s AND due_at IS NOT NULL
        ORDER BY id LIMIT 1
    ) first
    WHERE chat_webhooklane.id = %(id)s
"""
