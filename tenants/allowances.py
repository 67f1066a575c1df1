"""What a tenant's row leaves it, by month and at once, and what is refused when nothing is left.

What of a month is used up stands in the tenant's row (``tenants.reached``), so a send costs a look at an empty set.
Rooms, places in the team and domains are judged where one is made, to the last one.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from datetime import UTC, date, datetime
from time import monotonic
from uuid import UUID

from kit.errors import PLAN_LIMIT_REACHED, ParleyError
from tenants.connections import public_connection
from tenants.processes import connections_elsewhere, figures
from tenants.reached import ACTIVE_USERS, MESSAGES
from tenants.records import Limits, TenantRecord
from tenants.scope import Scoped, tenant_in_scope

_MOST_KNOWN = 100_000
_STRANGER_SECONDS = 10.0  # for so long who has not written yet this month is not asked for again
_CROWD_SECONDS = 5.0
_RETRY_SECONDS = 30.0


# What a month leaves


async def check_left(tenant: TenantRecord, user_id: str | None, *, counted: bool = True) -> None:
    """Before somebody says something new in a tenant that has used something up. Whoever wrote this month goes on, and
    who is not ``counted``, bots and the tenant's own server, does so as well.

    Raises ParleyError ``plan_limit_reached``.
    """
    check_messages_left(tenant)
    if ACTIVE_USERS in tenant.reached and user_id is not None and counted and not await _wrote(tenant, user_id):
        raise ParleyError(
            PLAN_LIMIT_REACHED, "As many people have written this month as may: whoever has not yet can read."
        )


def check_messages_left(tenant: TenantRecord) -> None:
    """Raises ParleyError ``plan_limit_reached``."""
    if MESSAGES in tenant.reached:
        raise ParleyError(PLAN_LIMIT_REACHED, "This month's messages are used up: everything can be read.")


async def _wrote(tenant: TenantRecord, user_id: str) -> bool:
    """Whether the user is among this month's active users; asked for once, if it is so."""
    month = datetime.now(UTC).date().replace(day=1)
    key = (tenant.schema_name, user_id, month)
    wrote, asked_at = _writers.get(key, (False, -_STRANGER_SECONDS))
    if not wrote and monotonic() - asked_at >= _STRANGER_SECONDS:
        wrote = await _is_active(tenant, user_id, month)
        _writers[key] = (wrote, monotonic())
        if len(_writers) > _MOST_KNOWN:
            _writers.popitem(last=False)
    return wrote


_writers: OrderedDict[tuple[str, str, date], tuple[bool, float]] = OrderedDict()


async def _is_active(tenant: TenantRecord, user_id: str, month: date) -> bool:
    asked = {"tenant": tenant.id, "month": month, "person": digest_of(tenant, user_id)}
    async with public_connection() as connection:
        return bool((await connection.execute(_IS_ACTIVE, asked)).rowcount)


_IS_ACTIVE = """
    SELECT FROM tenants_activeuser WHERE tenant_id = %(tenant)s AND month = %(month)s AND person = %(person)s
"""


def digest_of(tenant: Scoped, user_id: str) -> UUID:
    """As who somebody is noted who wrote: see ``chat.queries.usage.writers``."""
    return UUID(hashlib.md5(f"{tenant.schema_name}:{user_id}".encode(), usedforsecurity=False).hexdigest())


# What there is at once


async def check_connections(tenant: TenantRecord) -> None:
    """Before one more socket is opened. Other processes' count as of their last beat.

    Raises ParleyError ``plan_limit_reached``.
    """
    most = tenant.limits.peak_connections
    if most is None:
        return
    here = figures.of(tenant.schema_name).connections
    if here >= most or here + await _elsewhere(tenant) >= most:
        raise ParleyError(
            PLAN_LIMIT_REACHED, "As many connections are open as may be at once.", retry_after=_RETRY_SECONDS
        )


async def _elsewhere(tenant: TenantRecord) -> int:
    found, asked_at = _crowds.get(tenant.schema_name, (0, -_CROWD_SECONDS))
    if monotonic() - asked_at >= _CROWD_SECONDS:
        found = await connections_elsewhere(tenant.schema_name)
        _crowds[tenant.schema_name] = (found, monotonic())
        if len(_crowds) > _MOST_KNOWN:
            _crowds.popitem(last=False)
    return found


_crowds: OrderedDict[str, tuple[int, float]] = OrderedDict()


def limits_in_scope() -> Limits | None:
    """Of the tenant in scope; None for jobs, which enter a scope without a record. Raises NoTenantInScope."""
    concerned = tenant_in_scope()
    return concerned.limits if isinstance(concerned, TenantRecord) else None


def check_count(count: int, most: int | None, what: str) -> None:
    """That there may be so many of ``what``. Raises ParleyError ``plan_limit_reached``."""
    if most is not None and count > most:
        raise ParleyError(PLAN_LIMIT_REACHED, f"The plan has room for {most:,} {what}.")
