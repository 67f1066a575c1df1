"""Whether somebody may write now: not in maintenance, and at one pace for all that changes a conversation."""

from __future__ import annotations

from chat.policies import Actor
from kit.buckets import Buckets
from tenants.limits import RateLimited, sends_per_user
from tenants.maintenance import check_open
from tenants.records import TenantRecord

_sends = Buckets()


def check_pace(tenant: TenantRecord, actor: Actor) -> None:
    """Once more by this user, in this process; a server's pace is that of its calls. Raises RateLimited, ParleyError
    ``maintenance``, ``plan_limit_reached`` (payment is overdue)."""
    check_open(tenant)
    if actor.user_id is None:
        return
    limits = tenant.limits
    wait = _sends.take((tenant.id, actor.user_id), limits.sends_per_second, limits.send_burst)
    if wait:
        raise RateLimited(sends_per_user(limits), wait)
