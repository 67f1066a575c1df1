"""Letting somebody in at the door of the socket: who it is, and whether address and user come at a sane pace."""

from __future__ import annotations

from typing import Any

from chat.socket.handshake import Visitor, identify
from tenants.allowances import check_connections
from tenants.limits import connects_per_address, connects_per_user, take
from tenants.records import TenantRecord


async def admit(scope: dict[str, Any]) -> Visitor:
    """Raises ParleyError: what ``identify`` raises, ``rate_limited``, and ``plan_limit_reached`` while as many are open
    as may be."""
    tenant: TenantRecord = scope["tenant"]
    client = scope.get("client")
    if client:
        await take(tenant, connects_per_address(tenant.limits), f"address:{client[0]}")
    visitor = await identify(scope)
    await take(tenant, connects_per_user(tenant.limits), f"user:{visitor.actor.user_id}")
    await check_connections(tenant)
    return visitor
