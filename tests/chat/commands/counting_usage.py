"""Counts one tenant's usage again and again, from its beginning, until it is killed."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta


async def _count_for_ever(slug: str) -> None:
    from chat.commands.usage import count_usage
    from tenants.models import Tenant
    from tenants.scope import tenant_scope

    tenant = await Tenant.objects.aget(slug=slug)
    while True:
        for hours in range(-3, 2):
            with tenant_scope(tenant):
                await count_usage(tenant, datetime.now(UTC) + timedelta(hours=hours))
            print("counted", flush=True)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    asyncio.run(_count_for_ever(sys.argv[1]))
