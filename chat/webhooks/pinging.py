"""A trial: does an endpoint answer?"""

from __future__ import annotations

from chat.payloads import encode
from chat.webhooks.delivering import Outcome, send
from chat.webhooks.endpoints import receiver
from chat.webhooks.times import now
from kit.ids import uuid7, wire_id
from tenants.outbound import outbound_policy


async def ping(endpoint_id: str) -> Outcome:
    """Send an endpoint a ``ping`` now. It is not kept in the log. Raises ParleyError ``webhook_not_found``."""
    endpoint = await receiver(endpoint_id, now())
    body = encode({"type": "ping", "timestamp": now(), "data": {"webhook": endpoint.id}}).decode()
    return await send(endpoint, wire_id("evt", uuid7()), body, now, outbound_policy())
