"""Endpoints: the URLs at which a tenant's servers hear of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chat.webhooks.signatures import new_secret, seal, unseal
from chat.webhooks.times import OVERLAP
from kit.errors import PLAN_LIMIT_REACHED, URL_REFUSED, WEBHOOK_NOT_FOUND, ParleyError
from kit.ids import opaque
from kit.outbound import OutboundRefused, check_url
from tenants.audit import record_here
from tenants.connections import fetch_all, fetch_one, tenant_connection
from tenants.models import Tenant
from tenants.outbound import outbound_policy
from tenants.records import TenantRecord

MOST_ENDPOINTS = 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """As people see it: without its secrets. ``rotating_until``: when the secret that was replaced stops signing."""

    id: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    disabled_reason: str
    failing_since: datetime | None
    rotating_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Receiver:
    """What a request to an endpoint needs. ``sealed_secrets`` are those that sign now, the newest first."""

    id: str
    url: str
    sealed_secrets: list[str]

    def secrets(self) -> list[str]:
        """Raises Unsealable."""
        return [unseal(sealed) for sealed in self.sealed_secrets]


_COLUMNS = """
    id, url, description, events, enabled, disabled_reason, failing_since,
    CASE WHEN old_secret_until > now() THEN old_secret_until END AS rotating_until, created_at
"""
LIVE_SECRETS = """
    ARRAY[endpoint.sealed_secret] || CASE WHEN endpoint.old_secret_until > %(now)s::timestamptz
        THEN ARRAY[endpoint.sealed_old_secret] ELSE ARRAY[]::text[] END
"""
"""A Receiver's ``sealed_secrets``, of the row ``endpoint`` at the parameter ``now``."""


def check_endpoint_url(url: str) -> None:
    """Raises ParleyError ``url_refused`` for a URL that would never be called."""
    try:
        check_url(url, outbound_policy())
    except OutboundRefused as refused:
        raise ParleyError(URL_REFUSED, f"{refused}.", errors=[{"field": "url", "code": "refused"}]) from None


async def create(tenant: TenantRecord, url: str, events: Sequence[str], description: str = "") -> tuple[Endpoint, str]:
    """A new endpoint, and its secret, which is shown now and never again.

    Raises ParleyError ``url_refused``, ``plan_limit_reached``.
    """
    check_endpoint_url(url)
    secret = new_secret()
    # First the mark, then the endpoint: an endpoint without it would never be served.
    await Tenant.objects.filter(pk=tenant.id, has_webhooks=False).aupdate(has_webhooks=True)
    parameters = {
        "id": opaque("we"),
        "url": url,
        "description": description,
        "events": list(events),
        "secret": seal(secret),
        "most": MOST_ENDPOINTS,
    }
    made = await fetch_one(Endpoint, _CREATE, parameters)
    if made is None:
        raise ParleyError(PLAN_LIMIT_REACHED, f"There are {MOST_ENDPOINTS} endpoints already.")
    await record_here("webhook.created", f"webhook:{made.id}", after={"url": url, "events": list(events)})
    return made, secret


_CREATE = f"""
    INSERT INTO chat_webhookendpoint (id, url, description, events, sealed_secret)
    SELECT %(id)s, %(url)s, %(description)s, %(events)s, %(secret)s
    WHERE (SELECT count(*) FROM chat_webhookendpoint) < %(most)s
    RETURNING {_COLUMNS}
"""  # noqa: S608 - _COLUMNS is a constant


async def endpoints() -> list[Endpoint]:
    """All of them, the oldest first."""
    query = f"SELECT {_COLUMNS} FROM chat_webhookendpoint ORDER BY created_at, id"  # noqa: S608 - a constant
    return await fetch_all(Endpoint, query)


async def endpoint(endpoint_id: str) -> Endpoint:
    """Raises ParleyError ``webhook_not_found``."""
    query = f"SELECT {_COLUMNS} FROM chat_webhookendpoint WHERE id = %(id)s"  # noqa: S608 - a constant
    return await _one(query, {"id": endpoint_id})


async def update(
    endpoint_id: str,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> Endpoint:
    """Change what is not None. Enabled anew, it gets what waited for it, and three days to work.

    Raises ParleyError ``webhook_not_found``, ``url_refused``.
    """
    if url is not None:
        check_endpoint_url(url)
    parameters = {
        "id": endpoint_id,
        "url": url,
        "events": list(events) if events is not None else None,
        "description": description,
        "enabled": enabled,
    }
    changed = await _one(_UPDATE, parameters)
    told = {"url": url, "events": events, "description": description, "enabled": enabled}
    after = {field: value for field, value in told.items() if value is not None}
    await record_here("webhook.changed", f"webhook:{endpoint_id}", after=after)
    return changed


_UPDATE = f"""
    UPDATE chat_webhookendpoint SET
        url = COALESCE(%(url)s::text, url),
        events = COALESCE(%(events)s::text[], events),
        description = COALESCE(%(description)s::text, description),
        enabled = COALESCE(%(enabled)s::bool, enabled),
        disabled_reason = CASE WHEN %(enabled)s::bool THEN '' ELSE disabled_reason END,
        failing_since = CASE WHEN %(enabled)s::bool THEN NULL ELSE failing_since END
    WHERE id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608 - _COLUMNS is a constant


async def delete(endpoint_id: str) -> None:
    """With its log and with what waits for it. Raises ParleyError ``webhook_not_found``."""
    async with tenant_connection() as connection, connection.transaction():
        locked = await connection.execute("SELECT FROM chat_webhookendpoint WHERE id = %s FOR UPDATE", (endpoint_id,))
        if not locked.rowcount:
            raise ParleyError(WEBHOOK_NOT_FOUND)
        for statement in _DELETE:
            await connection.execute(statement, (endpoint_id,))
    await record_here("webhook.deleted", f"webhook:{endpoint_id}")


_DELETE = (
    "DELETE FROM chat_webhooklane WHERE endpoint_id = %s",
    "DELETE FROM chat_webhookdelivery WHERE endpoint_id = %s",
    "DELETE FROM chat_webhookendpoint WHERE id = %s",
)
"""Whoever locks several of these rows locks the endpoint's first, then lanes, then deliveries."""


async def rotate(endpoint_id: str, now: datetime) -> tuple[Endpoint, str]:
    """A new secret, shown now and never again; the one before signs along for a day.

    Raises ParleyError ``webhook_not_found``.
    """
    secret = new_secret()
    parameters = {"id": endpoint_id, "secret": seal(secret), "until": now + OVERLAP}
    rotated = await _one(_ROTATE, parameters)
    await record_here("webhook.rotated", f"webhook:{endpoint_id}")
    return rotated, secret


_ROTATE = f"""
    UPDATE chat_webhookendpoint
    SET sealed_secret = %(secret)s, sealed_old_secret = sealed_secret, old_secret_until = %(until)s
    WHERE id = %(id)s
    RETURNING {_COLUMNS}
"""  # noqa: S608 - _COLUMNS is a constant


async def receiver(endpoint_id: str, now: datetime) -> Receiver:
    """Raises ParleyError ``webhook_not_found``."""
    found = await fetch_one(Receiver, _RECEIVER, {"id": endpoint_id, "now": now})
    if found is None:
        raise ParleyError(WEBHOOK_NOT_FOUND)
    return found


_RECEIVER = f"""
    SELECT id, url, {LIVE_SECRETS} AS sealed_secrets FROM chat_webhookendpoint endpoint WHERE id = %(id)s
"""  # noqa: S608 - LIVE_SECRETS is a constant


async def _one(query: str, parameters: dict[str, Any]) -> Endpoint:
    found = await fetch_one(Endpoint, query, parameters)
    if found is None:
        raise ParleyError(WEBHOOK_NOT_FOUND)
    return found
