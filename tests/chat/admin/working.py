"""What a worker does for people who look after the place, and what the audit log then says."""

from __future__ import annotations

import asyncio

from chat.commands import erasing, importing_people
from tenants.connections import close_pool
from tenants.models import AuditEntry
from tenants.scope import tenant_scope
from tests.support.cast import Tenancy


def work(tenancy: Tenancy) -> None:
    """Imports and erasures of the tenant, to their ends."""
    asyncio.run(_work(tenancy))


async def _work(tenancy: Tenancy) -> None:
    with tenant_scope(tenancy.record):
        for import_id in await importing_people.unfinished():
            await importing_people.carry_on(import_id)
        for digest in await erasing.unfinished():
            await erasing.carry_on(digest, "simple")
    await close_pool()


def audited(tenancy: Tenancy) -> list[tuple[str, str]]:
    """Actions and targets in the tenant's log, the latest last."""
    entries = AuditEntry.objects.filter(chain=tenancy.schema_name).order_by("number")
    return list(entries.values_list("action", "target"))
