"""What stands above every page of the console while something of the plan is used up or nearly so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from django.http import HttpRequest

from tenants.consoles.permits import Permit
from tenants.consoles.tenant_console import Notice, tenant_console
from tenants.records import TenantRecord
from tenants.usage import usage_of_month, used_percent

_NEARLY = 80  # percent


def used_up(request: HttpRequest, permits: frozenset[str]) -> Notice | None:
    """For those who look after billing. Two statements."""
    if Permit.BILLING_VIEW not in permits:
        return None
    percents = dict(_percents(request.tenant))  # type: ignore[attr-defined]
    all_of = [words for words, percent in percents.items() if percent >= 100]
    most_of = [words for words, percent in percents.items() if _NEARLY <= percent < 100]
    told = {"Used up": all_of, "Nearly used up": most_of}
    said = " ".join(f"{state}: {', '.join(what)}." for state, what in told.items() if what)
    return Notice(said, "Plan", tenant_console.address_of(Permit.BILLING_VIEW)) if said else None


def _percents(tenant: TenantRecord) -> Iterator[tuple[str, int]]:
    used, limits = usage_of_month(tenant.id, datetime.now(UTC)), tenant.limits
    for words, amount, limit in (
        ("this month's messages", used.messages, limits.monthly_messages),
        ("this month's active users", used.active_users, limits.monthly_active_users),
        ("connections at once", used.peak_connections, limits.peak_connections),
        ("storage", used.stored_bytes, limits.storage_bytes),
    ):
        if limit is not None:
            yield words, used_percent(amount, limit)


tenant_console.on_notice(used_up)
